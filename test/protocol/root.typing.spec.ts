import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { outcomeOf } from '../support/chat-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Everybody is in the lobby: each test looks at its own typist. */
const by =
  ({ id }: TestUser) =>
  (event: Json) =>
    event.userId === String(id);

/** Alice types, bob watches; they have a conversation besides the lobby. */
async function typistAndWatcher(fields: Json = {}) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob], fields);
  const [typist, watcher] = [await app.root(alice), await app.root(bob)];
  const sign = (isTyping: boolean, roomId: unknown = String(id)) => ({
    userId: String(alice.id),
    username: 'alice',
    isTyping,
    roomId,
  });
  const nextSign = (isTyping?: boolean) =>
    watcher.next(
      'userTyping',
      (e) => by(alice)(e) && (isTyping === undefined || e.isTyping === isTyping),
    );
  return { id, alice, bob, typist, watcher, sign, nextSign };
}

const lobbyId = async () => {
  const client = await app.root(someone('guide'));
  return ((await client.expect('message', { message: 'where am I?' })).message as Json).roomId;
};

describe('typing as a boolean', () => {
  it('is in the lobby while the socket has not spoken', async () => {
    const { typist, sign, nextSign } = await typistAndWatcher();
    const lobby = await lobbyId();
    for (const isTyping of [true, false]) {
      typist.socket.emit('typing', isTyping);
      expect(await nextSign()).toStrictEqual(sign(isTyping, lobby));
    }
  });

  it('is where the socket spoke last, and told to nobody else', async () => {
    const { id, alice, typist, sign, nextSign } = await typistAndWatcher();
    const outsider = await app.root(someone('outsider'));
    await typist.expect('message', { message: 'here', context: { roomId: id } });
    expect(await typist.request('typing', true)).toStrictEqual({ success: true });
    expect(await nextSign()).toStrictEqual(sign(true));
    expect(await typist.request('typing', false)).toStrictEqual({ success: true });
    expect(await nextSign()).toStrictEqual(sign(false));
    await outsider.settled();
    expect(outsider.received('userTyping').filter(by(alice))).toEqual([]);
  });

  it('goes by a message sent right before it, which nobody has acked', async () => {
    const { id, typist, sign, nextSign } = await typistAndWatcher();
    typist.socket.emit('message', { message: 'here', context: { roomId: id } });
    typist.socket.emit('typing', true);
    expect(await nextSign()).toStrictEqual(sign(true));
  });

  it('follows the socket from conversation to conversation, past sends that failed', async () => {
    const { id, alice, bob, typist, sign, nextSign } = await typistAndWatcher();
    const other = await app.conversation([alice, bob]);
    for (const roomId of [id, other, id]) {
      await typist.expect('message', { message: 'here', context: { roomId } });
      const failed = { message: ' ', context: { roomId: other } };
      expect(outcomeOf(await typist.request('message', failed))).toBe('VALIDATION_FAILED');
      await typist.expect('typing', true);
      expect(await nextSign()).toStrictEqual(sign(true, String(roomId)));
      await typist.expect('typing', false);
      await nextSign(false);
    }
  });

  it('is each socket’s own', async () => {
    const { id, alice, typist, sign, nextSign } = await typistAndWatcher();
    const second = await app.root(alice);
    await typist.expect('message', { message: 'here', context: { roomId: id } });
    await second.expect('typing', true);
    expect(await nextSign()).toStrictEqual(sign(true, await lobbyId()));
  });
});

describe('typing as an object', () => {
  it('names the conversation: by id, as a number or text, or by slug', async () => {
    const slug = `typing-${someone('slug').id}`;
    const { id, typist, sign, nextSign } = await typistAndWatcher({ slug });
    for (const roomId of [id, String(id), slug]) {
      for (const isTyping of [true, false]) {
        typist.socket.emit('typing', { isTyping, roomId });
        expect(await nextSign()).toStrictEqual(sign(isTyping));
      }
    }
  });

  it('without a conversation is as the boolean', async () => {
    const { id, typist, sign, nextSign } = await typistAndWatcher();
    await typist.expect('message', { message: 'here', context: { roomId: id } });
    await typist.expect('typing', { isTyping: true });
    expect(await nextSign()).toStrictEqual(sign(true));
  });

  it('in a conversation of nobody’s is CONVERSATION_NOT_FOUND', async () => {
    const { typist } = await typistAndWatcher();
    for (const roomId of [2 ** 31 - 1, 'nowhere']) {
      const ack = await typist.request('typing', { isTyping: true, roomId });
      expect(outcomeOf(ack)).toBe('CONVERSATION_NOT_FOUND');
    }
  });
});

describe('userTyping', () => {
  it('is not told to the typist, on none of their sockets', async () => {
    const { alice, typist, nextSign } = await typistAndWatcher();
    const second = await app.root(alice);
    await typist.expect('typing', true);
    await nextSign(true);
    await Promise.all([typist.settled(), second.settled()]);
    for (const client of [typist, second]) {
      expect(client.received('userTyping').filter(by(alice))).toEqual([]);
    }
  });

  it('says nothing of a false that nobody typed before', async () => {
    const { alice, typist, watcher } = await typistAndWatcher();
    await typist.expect('typing', false);
    await watcher.settled();
    expect(watcher.received('userTyping').filter(by(alice))).toEqual([]);
  });

  it('ends by itself 6 s after the last sign of it', async () => {
    const { id, alice, typist, watcher, sign, nextSign } = await typistAndWatcher();
    await typist.expect('typing', { isTyping: true, roomId: id });
    await nextSign(true);
    const since = performance.now();
    await typist.expect('typing', { isTyping: true, roomId: id });
    expect(await nextSign(false)).toStrictEqual(sign(false));
    // Never early, whatever the machine is busy with: a timer that fires late is no fault here.
    expect(performance.now() - since).toBeGreaterThan(5_900);
    await watcher.settled();
    const ends = watcher.received('userTyping').filter((e) => by(alice)(e) && !e.isTyping);
    expect(ends).toHaveLength(1);
  });

  it.each([
    ['with the message that was typed', (roomId: number) => ({ roomId })],
    ['with a message that goes elsewhere', () => ({})],
  ])('ends %s', async (_, contextFor) => {
    const { id, typist, sign, nextSign } = await typistAndWatcher();
    await typist.expect('typing', { isTyping: true, roomId: id });
    await nextSign(true);
    const since = performance.now();
    await typist.expect('message', { message: 'here it is', context: contextFor(id) });
    expect(await nextSign(false)).toStrictEqual(sign(false));
    // Before it would have ended by itself.
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('ends in the lobby when the first message goes to a conversation', async () => {
    const { id, typist, sign, nextSign } = await typistAndWatcher();
    await typist.expect('typing', true);
    const { roomId } = await nextSign(true);
    const since = performance.now();
    await typist.expect('message', { message: 'here it is', context: { roomId: id } });
    expect(await nextSign(false)).toStrictEqual(sign(false, roomId));
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('ends on disconnect', async () => {
    const { id, typist, sign, nextSign } = await typistAndWatcher();
    await typist.expect('typing', { isTyping: true, roomId: id });
    await nextSign(true);
    const since = performance.now();
    typist.close();
    expect(await nextSign(false)).toStrictEqual(sign(false));
    expect(performance.now() - since).toBeLessThan(5_900);
  });
});
