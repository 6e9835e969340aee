import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import type { Heard, Speaker } from '../support/speaker.js';
import {
  DIALECTS,
  everywhere,
  LIVE,
  named,
  PAIRS,
  ROOT,
  speaking,
  type Dialect,
  type DialectName,
} from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { COMINGS } from './support/comings.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const coming = ({ isOnline }: Heard) => isOnline === true;
const going = ({ isOnline }: Heard) => isOnline === false;

/** Those that tell who comes to a room, and who leaves it and stays online. */
const PER_ROOM: readonly DialectName[] = ['salon', 'live'];

/** Alice watches a conversation in every dialect; bob, who takes part in it, is away. */
async function watching() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const watchers = await everywhere(app, alice, id);
  return { id, alice, bob, watchers };
}

/** Every dialect once as the first with every other as the last, the rest between them. */
const ORDERS: readonly (readonly [string, readonly Dialect[]])[] = PAIRS.filter(
  ([first, last]) => first !== last,
).map(([, , first, last]) => {
  const between = DIALECTS.filter((one) => one !== first && one !== last);
  const order = [first, ...between, last];
  return [order.map(({ name }) => name).join(), order];
});
/** On two nodes each dialect comes first once. */
const SOME_ORDERS = process.env.TEST_NODES ? ORDERS.filter((_, n) => n % 4 === 0) : ORDERS;

/** What root reads, it has not entered. */
const told = PAIRS.filter(([from, to]) => from !== 'root' || to !== 'live');

describe.each(told)('who comes in %s and is watched in %s', (...[, toName, from, to]) => {
  it('is told to come and to go, once each time', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const watcher = await to.connect(app, alice);
    await watcher.join(id);
    const { comes, goes } = COMINGS[toName](bob, id);
    for (const round of [1, 2]) {
      const visitor = await from.connect(app, bob);
      await visitor.join(id);
      await watcher.hears('presence', () => watcher.heard('presence').length === round * 2 - 1);
      visitor.close();
      await watcher.hears('presence', () => watcher.heard('presence').length === round * 2);
    }
    const wires = watcher.heard('presence').map(({ wire }) => wire);
    expect(wires).toStrictEqual([comes, goes, comes, goes]);
  });
});

it('who comes in root is no news in live, until another connection enters the room', async () => {
  const { id, bob, watchers } = await watching();
  const live = speaking('live', watchers);
  const root = await ROOT.connect(app, bob);
  await root.say(id, 'I read along');
  await live.hears('message');
  expect(live.heard('presence')).toEqual([]);
  const visit = await LIVE.connect(app, bob);
  await visit.join(id);
  await live.hears('presence', coming);
  visit.close();
  await live.hears('presence', going);
  root.close();
  await speaking('chat', watchers).hears('presence', going);
  await live.settled();
  expect(live.heard('presence').map(({ isOnline }) => isOnline)).toEqual([true, false]);
});

describe('a user in all dialects at once', () => {
  it.each(SOME_ORDERS)(
    'comes with the first connection and goes with the last: %s',
    async (_, order) => {
      const { id, bob, watchers } = await watching();
      const visits = await everywhere(app, bob, id, order);
      for (const watcher of watchers) await watcher.hears('presence', coming);
      for (const [n, visit] of visits.entries()) {
        visit.close();
        // Those still there go on reading: the service has dealt with who went.
        for (const other of visits.slice(n + 1)) await other.settled();
      }
      for (const watcher of watchers) {
        await watcher.hears('presence', going);
        await watcher.settled();
        const wires = watcher.heard('presence').map(({ user, isOnline }) => [user, isOnline]);
        expect(wires).toEqual([
          ['bob', true],
          ['bob', false],
        ]);
      }
    },
  );

  it('hears nothing of its own coming and going', async () => {
    const { id, alice, watchers } = await watching();
    for (const visit of await everywhere(app, alice, id)) visit.close();
    for (const watcher of watchers) {
      await watcher.settled();
      expect(watcher.heard('presence')).toEqual([]);
    }
  });

  it('is not told of to those who share no conversation with it', async () => {
    const { id, bob } = await watching();
    const strangers: Speaker[] = [];
    // Not those of root, who all share the lobby with whoever speaks root.
    for (const dialect of DIALECTS.filter(({ name }) => name !== 'root')) {
      const stranger = await dialect.connect(app, someone('stranger'));
      await stranger.join(await app.conversation([stranger.user]));
      strangers.push(stranger);
    }
    for (const visit of await everywhere(app, bob, id)) visit.close();
    for (const stranger of strangers) {
      await stranger.settled();
      expect(stranger.heard('presence')).toEqual([]);
    }
  });
});

describe('conversation:users:online', () => {
  const online = async (client: ChatClient, conversationId: number) =>
    (await client.expect('conversation:users:online', { conversationId })).onlineUsers;

  it.each(named(DIALECTS))('counts who reads along in %s', async (_, dialect) => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const asker = await app.connect(alice);
    await asker.join(id);
    expect(await online(asker, id)).toEqual([alice.id]);
    const visit = await dialect.connect(app, bob);
    await visit.join(id);
    expect(await online(asker, id)).toEqual([alice.id, bob.id]);
    visit.close();
    await asker.next('user:offline');
    expect(await online(asker, id)).toEqual([alice.id]);
  });

  it.each(PER_ROOM)(
    '%s is told who leaves the conversation and stays online, but once',
    async (name) => {
      const { id, bob, watchers } = await watching();
      const teller = speaking(name, watchers);
      const elsewhere = await app.salon(bob);
      const visit = await app.connect(bob);
      await visit.join(id);
      await teller.hears('presence', coming);
      await visit.expect('conversation:leave', { conversationId: id });
      await teller.hears('presence', going);
      elsewhere.close();
      visit.close();
      for (const watcher of watchers.filter(({ dialect }) => !PER_ROOM.includes(dialect))) {
        await watcher.hears('presence', going);
      }
      await teller.settled();
      expect(teller.heard('presence').map(({ isOnline }) => isOnline)).toEqual([true, false]);
    },
  );
});
