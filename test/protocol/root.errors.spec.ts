import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import { aFailure, outcomeOf, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const anError = (code: string, additions: Json = {}) => ({
  message: expect.any(String),
  code,
  ...additions,
});

/** The failure in both of its forms: the ack, and the event that comes with an ack or without. */
async function expectFailure(
  client: ChatClient,
  [event, payload]: readonly [string, unknown],
  code: string,
  additions: Json = {},
): Promise<Ack> {
  const ack = await client.request(event, payload);
  expect(ack).toStrictEqual(aFailure(code, additions));
  expect(ack.message).toBe(ack.error?.message);
  expect(await client.next('error')).toStrictEqual(ack.error);
  client.socket.emit(event, payload);
  expect(await client.next('error')).toStrictEqual(anError(code, additions));
  return ack;
}

const about = (...fields: string[]) => ({
  details: fields.map((field) => ({ field, rules: expect.arrayContaining([expect.any(String)]) })),
});

describe('each error of root comes as the event error, and in the ack where there is one', () => {
  it.each([
    ['an event nobody knows', ['messages', { message: 'x' }], 'event'],
    ['an event of another protocol', ['message:send', { content: 'x' }], 'event'],
    ['a message without text', ['message', {}], 'message'],
    ['a blank message', ['message', { message: ' \n' }], 'message'],
    ['a message that is no object', ['message', 'hello'], 'payload'],
    ['a context that is none', ['message', { message: 'x', context: 'lobby' }], 'context'],
    [
      'a room that is none',
      ['message', { message: 'x', context: { roomId: 0 } }],
      'context.roomId',
    ],
    ['typing without a word of it', ['typing', {}], 'isTyping'],
    ['typing as text', ['typing', 'true'], 'payload'],
    ['typing in a room that is none', ['typing', { isTyping: true, roomId: [1] }], 'roomId'],
  ] as const)('VALIDATION_FAILED, with its field: %s', async (_, request, field) => {
    const client = await app.root(someone('alice'));
    await expectFailure(client, request, 'VALIDATION_FAILED', about(field));
  });

  it('MESSAGE_TOO_LONG: 4,000 code points are not, 4,001 are, whatever their bytes', async () => {
    const client = await app.root(someone('alice'));
    for (const character of ['x', 'é', '🙂']) {
      const message = character.repeat(4_000);
      expect((await client.expect('message', { message })).message).toMatchObject({ message });
      const request = ['message', { message: message + character }] as const;
      await expectFailure(client, request, 'MESSAGE_TOO_LONG');
    }
  });

  it('CONVERSATION_NOT_FOUND, for users and moderators alike', async () => {
    for (const roles of [[], ['moderator'], ['admin']]) {
      const client = await app.root(someone('alice', roles));
      const context = { roomId: '2147483647' };
      await expectFailure(client, ['message', { message: 'x', context }], 'CONVERSATION_NOT_FOUND');
      const typing = { isTyping: true, roomId: 'nowhere' };
      await expectFailure(client, ['typing', typing], 'CONVERSATION_NOT_FOUND');
    }
  });

  it('PERMISSION_DENIED', async () => {
    const roomId = await app.conversation([someone('alice')]);
    const stranger = await app.root(someone('stranger'));
    const message = { message: 'x', context: { roomId } };
    await expectFailure(stranger, ['message', message], 'PERMISSION_DENIED');
    await expectFailure(stranger, ['typing', { isTyping: true, roomId }], 'PERMISSION_DENIED');
  });

  it('MESSAGE_NOT_FOUND', async () => {
    const client = await app.root(someone('alice'));
    const request = ['message', { message: 'x', context: { replyTo: '123456789' } }] as const;
    await expectFailure(client, request, 'MESSAGE_NOT_FOUND');
  });

  it('USER_NOT_FOUND', async () => {
    const alice = someone('alice');
    const client = await app.root(alice);
    const context = { roomId: `private_${alice.id}_nobody` };
    await expectFailure(client, ['message', { message: 'x', context }], 'USER_NOT_FOUND');
  });

  it('none of them harms the connection, nor is any told to others', async () => {
    const [client, other] = [await app.root(someone('alice')), await app.root(someone('bob'))];
    const id = client.socket.id;
    for (const n of range(1, 20)) client.socket.emit('message', { message: n });
    for (const _ of range(1, 20)) await client.next('error');
    await client.expect('message', { message: 'still here' });
    expect(client.socket.id).toBe(id);
    await other.next('message', ({ message }) => message === 'still here');
    expect(other.received('error')).toEqual([]);
  });
});

describe('RATE_LIMITED', () => {
  const aWait = { retryAfter: expect.any(Number) };

  it('counts a user’s sends over all sockets, and says how long to wait', async () => {
    const limited = await startApp({ RATE_LIMIT_ROOT: '3/1m' });
    const [alice, bob] = [someone('alice'), someone('bob')];
    const sockets = [await limited.root(alice), await limited.root(alice)] as const;
    const other = await limited.root(bob);
    for (const n of [0, 1, 0] as const) await sockets[n].expect('message', { message: `m${n}` });
    for (const client of sockets) {
      const ack = await expectFailure(client, ['message', { message: 'x' }], 'RATE_LIMITED', aWait);
      expect(Number.isInteger(ack.error?.retryAfter)).toBe(true);
      expect(ack.error?.retryAfter).toBeGreaterThanOrEqual(1);
      expect(ack.error?.retryAfter).toBeLessThanOrEqual(60);
      // Everything else goes on, and so does everyone else.
      await client.expect('typing', true);
    }
    await other.expect('message', { message: 'unharmed' });
    await sockets[0].next('message', ({ message }) => message === 'unharmed');
    await limited.stop();
  });

  it('does not count what was never a message', async () => {
    const limited = await startApp({ RATE_LIMIT_ROOT: '1/1m' });
    const client = await limited.root(someone('alice'));
    for (const message of ['', ' ', 7, 'x'.repeat(4_001)])
      await client.request('message', { message });
    await client.expect('message', { message: 'the one' });
    expect(outcomeOf(await client.request('message', { message: 'two' }))).toBe('RATE_LIMITED');
    await limited.stop();
  });

  it('answers each of a thousand events, those beyond what may wait with it', async () => {
    const client = await app.root(someone('alice'));
    const id = client.socket.id;
    const answers = await Promise.all(
      range(1, 1_000).map(() => client.request('message', { message: 'flood' })),
    );
    expect([...new Set(answers.map(outcomeOf))].sort()).toEqual(['RATE_LIMITED', 'ok']);
    const refused = answers.filter(({ success }) => !success);
    expect(refused[0]).toStrictEqual(aFailure('RATE_LIMITED', { retryAfter: 1 }));
    for (const _ of refused) await client.next('error');
    expect(client.socket.id).toBe(id);
  });
});
