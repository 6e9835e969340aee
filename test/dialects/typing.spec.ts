import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Speaker } from '../support/speaker.js';
import { DIALECTS, everywhere, named, PAIRS, type Dialect } from '../support/speakers.js';
import { someone } from '../support/tokens.js';

/** When typing would end by itself. */
const BY_ITSELF_MS = 5_900;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Alice types in one dialect, bob watches in another. */
async function typistAndWatcher(from: Dialect, to: Dialect) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const [typist, watcher] = [await from.connect(app, alice), await to.connect(app, bob)];
  for (const speaker of [typist, watcher]) await speaker.join(id);
  const sign = (isTyping: boolean) => ({ user: 'alice', isTyping, conversation: id });
  return { id, alice, typist, watcher, sign };
}

const signsAt = (watcher: Speaker) =>
  watcher
    .heard('typing')
    .map(({ user, isTyping, conversation }) => ({ user, isTyping, conversation }));

const typing = PAIRS.filter(([, , from]) => from.says.has('typing'));
const heard = typing.filter(([, , , to]) => to.hears.has('typing'));
const unheard = typing.filter(([, , , to]) => !to.hears.has('typing'));

describe.each(heard)('who types in %s is seen typing in %s', (...[, , from, to]) => {
  it('until it stops', async () => {
    const { id, typist, watcher, sign } = await typistAndWatcher(from, to);
    await typist.type(id, true);
    await watcher.hears('typing');
    await typist.type(id, false);
    await watcher.hears('typing', ({ isTyping }) => isTyping === false);
    expect(signsAt(watcher)).toEqual([sign(true), sign(false)]);
  });

  it('until its connection is gone', async () => {
    const { id, typist, watcher, sign } = await typistAndWatcher(from, to);
    await typist.type(id, true);
    await watcher.hears('typing');
    const since = performance.now();
    typist.close();
    await watcher.hears('typing', ({ isTyping }) => isTyping === false);
    expect(performance.now() - since).toBeLessThan(BY_ITSELF_MS);
    expect(signsAt(watcher)).toEqual([sign(true), sign(false)]);
  });

  it('and its own connections see nothing of it', async () => {
    const { id, alice, typist, watcher } = await typistAndWatcher(from, to);
    const own = await to.connect(app, alice);
    await own.join(id);
    await typist.type(id, true);
    await watcher.hears('typing');
    await typist.say(id, 'here it is');
    await own.hears('message');
    await own.settled();
    expect(own.heard('typing')).toEqual([]);
  });
});

const typists = DIALECTS.filter(({ says }) => says.has('typing'));

describe.each(named(typists))('who types in %s is seen typing by everybody', (_, from) => {
  it('until it has sent the message, in whatever dialect', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const hearing = DIALECTS.filter(({ hears }) => hears.has('typing'));
    const watchers = await everywhere(app, bob, id, hearing);
    const typist = await from.connect(app, alice);
    await typist.join(id);
    for (const [round, other] of (await everywhere(app, alice, id)).entries()) {
      const told = (count: number) =>
        Promise.all(
          watchers.map((one) => one.hears('typing', () => signsAt(one).length === count)),
        );
      await typist.type(id, true);
      await told(2 * round + 1);
      const since = performance.now();
      await other.say(id, 'here it is');
      await told(2 * round + 2);
      expect(performance.now() - since).toBeLessThan(BY_ITSELF_MS);
      for (const watcher of watchers) {
        expect(
          signsAt(watcher)
            .slice(2 * round)
            .map(({ isTyping }) => isTyping),
        ).toEqual([true, false]);
      }
    }
  });
});

describe.each(unheard)('who types in %s is no news in %s', (...[, , from, to]) => {
  it('which goes on hearing the rest', async () => {
    const { id, typist, watcher } = await typistAndWatcher(from, to);
    const before = watcher.log.length;
    await typist.type(id, true);
    await typist.type(id, false);
    const { id: messageId } = await typist.say(id, 'here it is');
    await watcher.hearsMessage(messageId);
    expect(watcher.log.slice(before).map(({ kind }) => kind)).toEqual(['message']);
  });
});

it('root’s bare boolean is about the conversation it spoke in last, then about the lobby', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const watcher = await app.connect(bob);
  await watcher.join(id);
  const typist = await app.root(alice);
  await watcher.join('lobby');
  const lobby = (await watcher.join('lobby')).conversation as { id: number };
  await typist.expect('typing', true);
  expect(await watcher.next('user:typing')).toMatchObject({ conversationId: lobby.id });
  await typist.expect('message', { message: 'here', context: { roomId: id } });
  await typist.expect('typing', true);
  const inPrivate = await watcher.next(
    'user:typing',
    ({ conversationId }) => conversationId === id,
  );
  expect(inPrivate).toMatchObject({ userId: alice.id, isTyping: true });
});
