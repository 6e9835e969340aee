import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { INSTANT } from '../support/chat-shapes.js';
import type { Heard, Json, Speaker } from '../support/speaker.js';
import { DIALECTS, PAIRS, type DialectName } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { aFrame, userData } from '../support/veza-shapes.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const coming = ({ isOnline }: Heard) => isOnline === true;
const going = ({ isOnline }: Heard) => isOnline === false;

/** What a watcher is told of a user, by the watcher’s dialect. */
const WORDING: Record<
  DialectName,
  (user: TestUser, room: number) => { readonly comes: Json; readonly goes: Json }
> = {
  chat: ({ id, name }) => {
    const comes = { userId: id, username: name };
    return { comes, goes: { ...comes, lastSeen: INSTANT } };
  },
  root: ({ id, name }) => {
    const user = { userId: String(id), username: name };
    return {
      comes: { ...user, isOnline: true },
      goes: { ...user, isOnline: false, lastSeen: INSTANT },
    };
  },
  veza: (user) => ({
    comes: aFrame('user_online', userData(user)),
    goes: aFrame('user_offline', userData(user)),
  }),
  salon: ({ id, name }, room) => {
    const user = { user_id: id, username: name, room };
    return { comes: user, goes: user };
  },
};

/** Alice watches a conversation in every dialect; bob, who takes part in it, is away. */
async function watching() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const watchers: Speaker[] = [];
  for (const dialect of DIALECTS) {
    const watcher = await dialect.connect(app, alice);
    await watcher.join(id);
    watchers.push(watcher);
  }
  return { id, alice, bob, watchers };
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item) =>
        permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
      );

describe.each(PAIRS)('who comes in %s and is watched in %s', (...[, toName, from, to]) => {
  it('is told to come and to go, once each time', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const watcher = await to.connect(app, alice);
    await watcher.join(id);
    const { comes, goes } = WORDING[toName](bob, id);
    for (const round of [1, 2]) {
      const visitor = await from.connect(app, bob);
      await visitor.join(id);
      await watcher.hears('presence', () => watcher.heard('presence').length === round * 2 - 1);
      visitor.close();
      await watcher.hears('presence', () => watcher.heard('presence').length === round * 2);
    }
    const told = watcher.heard('presence').map(({ wire }) => wire);
    expect(told).toStrictEqual([comes, goes, comes, goes]);
  });
});

describe('a user in all dialects at once', () => {
  it.each(permutations(DIALECTS).map((order) => [order.map(({ name }) => name).join(), order]))(
    'comes with the first connection and goes with the last: %s',
    async (_, order) => {
      const { id, bob, watchers } = await watching();
      const visits: Speaker[] = [];
      for (const dialect of order as typeof DIALECTS) {
        const visit = await dialect.connect(app, bob);
        await visit.join(id);
        visits.push(visit);
      }
      for (const watcher of watchers) await watcher.hears('presence', coming);
      for (const [n, visit] of visits.entries()) {
        visit.close();
        // Those still there go on reading: the service has dealt with who went.
        for (const other of visits.slice(n + 1)) await other.settled();
      }
      for (const watcher of watchers) {
        await watcher.hears('presence', going);
        await watcher.settled();
        const told = watcher.heard('presence').map(({ user, isOnline }) => [user, isOnline]);
        expect(told).toEqual([
          ['bob', true],
          ['bob', false],
        ]);
      }
    },
  );

  it('hears nothing of its own coming and going', async () => {
    const { alice, watchers } = await watching();
    for (const dialect of DIALECTS) (await dialect.connect(app, alice)).close();
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
    for (const dialect of DIALECTS) {
      const visit = await dialect.connect(app, bob);
      await visit.join(id);
      visit.close();
    }
    for (const stranger of strangers) {
      await stranger.settled();
      expect(stranger.heard('presence')).toEqual([]);
    }
  });
});

describe('conversation:users:online', () => {
  const online = async (client: ChatClient, conversationId: number) =>
    (await client.expect('conversation:users:online', { conversationId })).onlineUsers;

  it.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
    'counts who reads along in %s',
    async (_, dialect) => {
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
    },
  );

  it('salon is told who leaves the conversation and stays online, but once', async () => {
    const { id, bob, watchers } = await watching();
    const salon = watchers.find((_, n) => DIALECTS[n]?.name === 'salon');
    const elsewhere = await app.salon(bob);
    const visit = await app.connect(bob);
    await visit.join(id);
    await salon?.hears('presence', coming);
    await visit.expect('conversation:leave', { conversationId: id });
    await salon?.hears('presence', going);
    elsewhere.close();
    visit.close();
    for (const watcher of watchers.filter((one) => one !== salon)) {
      await watcher.hears('presence', going);
    }
    await salon?.settled();
    expect(salon?.heard('presence').map(({ isOnline }) => isOnline)).toEqual([true, false]);
  });
});
