import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, INSTANT, outcomeOf, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const ID: unknown = expect.stringMatching(/^[1-9]\d*$/);
/** Everybody hears the lobby: tests find their own message in it by its text. */
const saying = (message: string) => (event: Json) => event.message === message;

/** Two users with a conversation of their own, connected. */
async function pair(fields: Json = {}) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob], fields);
  return { id, alice, bob, a: await app.root(alice), b: await app.root(bob) };
}

describe('message', () => {
  it('without a context goes to the lobby, and to every socket, the sender’s own included', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [first, second, b] = [await app.root(alice), await app.root(alice), await app.root(bob)];
    first.socket.emit('message', { message: 'hello, lobby' });
    for (const client of [first, second, b]) {
      const event = await client.next('message', saying('hello, lobby'));
      expect(event).toStrictEqual({
        id: ID,
        message: 'hello, lobby',
        timestamp: INSTANT,
        userId: String(alice.id),
        username: 'alice',
        roomId: ID,
        context: { roomId: event.roomId },
      });
    }
    const lobby = (await (await app.as(bob)).get('/conversations')).body as { items: Json[] };
    const { roomId } = first.received('message').find(saying('hello, lobby')) ?? {};
    expect(lobby.items).toMatchObject([{ id: Number(roomId), slug: 'lobby', type: 'public' }]);
  });

  it('is acked with what everybody gets', async () => {
    const { id, alice, a, b } = await pair();
    const ack = await a.request('message', { message: 'hello', context: { roomId: id, n: 1 } });
    const message = {
      id: ID,
      message: 'hello',
      timestamp: INSTANT,
      userId: String(alice.id),
      username: 'alice',
      roomId: String(id),
      context: { roomId: id, n: 1 },
    };
    expect(ack).toStrictEqual({ success: true, message });
    for (const client of [a, b]) expect(await client.next('message')).toStrictEqual(ack.message);
  });

  it('arrives in the order it was sent, acked or not', async () => {
    const { id, a, b } = await pair();
    const context = { roomId: id };
    for (const n of range(1, 100)) {
      const payload = { message: `m${n}`, context };
      if (n % 3 === 0) void a.request('message', payload);
      else a.socket.emit('message', payload);
    }
    await b.next('message', saying('m100'));
    expect(b.received('message').map(({ message }) => message)).toEqual(
      range(1, 100).map((n) => `m${n}`),
    );
  });

  it('arrives in the order it was sent, whatever the conversation was called', async () => {
    const slug = `order-${someone('slug').id}`;
    const { id, alice, bob, a, b } = await pair({ slug });
    const names = [slug, id, `room_${id}`, String(id), slug.toUpperCase(), id];
    for (const [n, roomId] of names.entries()) {
      a.socket.emit('message', { message: `m${n}`, context: { roomId } });
    }
    const pairName = `private_${alice.id}_${bob.id}`;
    a.socket.emit('message', { message: 'last', context: { roomId: pairName } });
    await b.next('message', saying('last'));
    expect(b.received('message').map(({ message }) => message)).toEqual([
      ...names.map((_, n) => `m${n}`),
      'last',
    ]);
  });

  it('keeps text as it is: markup, emoji, line breaks, right-to-left', async () => {
    const { id, a, b } = await pair();
    const message = ' <b>not bold</b> & "quotes"\n👩‍👩‍👧‍👦 שלום \u2028 é e\u0301 ';
    await a.expect('message', { message, context: { roomId: id } });
    expect(await b.next('message')).toMatchObject({ message });
  });

  it('from another protocol has a context all the same, and its attachments', async () => {
    const { id, alice, a, b } = await pair();
    const first = (await a.expect('message', { message: 'one', context: { roomId: id } })).message;
    const attachments = ['https://example.com/document.pdf'];
    const replyTo = Number((first as Json).id);
    await (await app.connect(alice)).send(id, 'two', { attachments, replyTo });
    expect(await b.next('message', saying('two'))).toStrictEqual({
      id: ID,
      message: 'two',
      timestamp: INSTANT,
      userId: String(alice.id),
      username: 'alice',
      roomId: String(id),
      context: { roomId: String(id), replyTo: String(replyTo) },
      attachments,
    });
  });

  it('ignores fields nobody knows', async () => {
    const { a } = await pair();
    const payload = { message: 'as myself', userId: '1', id: '7', username: 'root', isAdmin: true };
    const { message } = await a.expect('message', payload);
    expect(message).toMatchObject({ message: 'as myself', username: 'alice' });
    expect(message).not.toHaveProperty('isAdmin');
  });
});

describe('context.roomId', () => {
  it.each([
    ['a number', (id: number) => id],
    ['text', (id: number) => String(id)],
    ['room_<id>', (id: number) => `room_${id}`],
    ['a slug', (_: number, slug: string) => slug],
    ['a slug in capitals', (_: number, slug: string) => slug.toUpperCase()],
  ])('may be %s, and comes back as it was given', async (_, nameOf) => {
    const slug = `r-${someone('slug').id}`;
    const { id, a, b } = await pair({ slug });
    const roomId = nameOf(id, slug);
    await a.expect('message', { message: 'hi', context: { roomId } });
    expect(await b.next('message')).toMatchObject({ roomId: String(id), context: { roomId } });
  });

  it('may be the two of us: the conversation comes to be by its first message', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.root(alice), await app.root(bob)];
    const names = [`private_${alice.id}_${bob.id}`, `private_${bob.id}_${alice.id}`];
    for (const roomId of names) {
      await a.expect('message', { message: roomId, context: { roomId } });
      expect(await b.next('message', saying(roomId))).toMatchObject({ context: { roomId } });
    }
    expect(new Set(b.received('message').map(({ roomId }) => roomId)).size).toBe(1);
  });

  it.each([[{}], [{ roomId: null }]])('%j means the lobby', async (context) => {
    const { a } = await pair();
    const lobby = (await a.expect('message', { message: 'one' })).message as Json;
    const { message } = await a.expect('message', { message: 'two', context });
    expect(message).toMatchObject({ roomId: lobby.roomId, context: { roomId: lobby.roomId } });
  });

  it('of nothing is CONVERSATION_NOT_FOUND', async () => {
    const { a } = await pair();
    for (const roomId of [2 ** 31 - 1, '2147483647', '9'.repeat(40), 'nowhere', 'private_1_2']) {
      const ack = await a.request('message', { message: 'hi', context: { roomId } });
      expect([roomId, outcomeOf(ack)]).toEqual([roomId, 'CONVERSATION_NOT_FOUND']);
    }
  });
});

describe('clientMessageId', () => {
  it('makes sending again safe: the first message, told once', async () => {
    const { id, a, b } = await pair();
    const payload = { message: 'once', context: { roomId: id, n: [1] }, clientMessageId: 'c-1' };
    const first = await a.expect('message', payload);
    expect(first).not.toHaveProperty('duplicate');
    expect(await a.expect('message', payload)).toStrictEqual({ ...first, duplicate: true });
    await a.expect('message', { message: 'next', context: { roomId: id } });
    await b.next('message', saying('next'));
    expect(b.received('message').map(({ message }) => message)).toEqual(['once', 'next']);
  });

  it.each([
    ['text', { message: 'other' }],
    ['context', { context: { mood: 'other' } }],
  ])('with another %s is CONFLICT', async (_, change) => {
    const { id, a } = await pair();
    const payload = { message: 'this', context: { roomId: id }, clientMessageId: 'c' };
    await a.expect('message', payload);
    const { context } = { context: {}, ...change };
    const other = { ...payload, ...change, context: { roomId: id, ...context } };
    expect(await a.request('message', other)).toStrictEqual(aFailure('CONFLICT'));
    expect(await a.next('error')).toMatchObject({ code: 'CONFLICT' });
  });
});
