import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, aMessage, messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp({ RATE_LIMIT_CHAT: '20/1m' })));
afterAll(() => app.stop());

describe('each error of /chat comes in the one shape', () => {
  it('AUTH_FAILED refuses the connection', async () => {
    const error = await app.dial('bad', { reconnection: false }).refused();
    expect(error.data).toStrictEqual({ code: 'AUTH_FAILED' });
    expect(error.message).toEqual(expect.any(String));
  });

  it('PERMISSION_DENIED', async () => {
    const conversationId = await app.conversation([someone('alice')]);
    const stranger = await app.connect(someone('stranger'));
    const ack = await stranger.request('conversation:join', { conversationId });
    expect(ack).toStrictEqual(aFailure('PERMISSION_DENIED'));
    expect(ack.message).toBe(ack.error?.message);
  });

  it.each([
    ['conversation:join', {}],
    ['conversation:leave', {}],
    ['conversation:users:online', {}],
    ['conversation:history', {}],
    ['message:send', { content: 'x' }],
    ['message:typing', { isTyping: true }],
  ])('CONVERSATION_NOT_FOUND from %s, for users and moderators alike', async (event, fields) => {
    for (const roles of [[], ['moderator'], ['admin']]) {
      const client = await app.connect(someone('alice', roles));
      const ack = await client.request(event, { conversationId: 2 ** 31 - 1, ...fields });
      expect(ack).toStrictEqual(aFailure('CONVERSATION_NOT_FOUND'));
    }
  });

  it('MESSAGE_NOT_FOUND', async () => {
    const client = await app.connect(someone('alice'));
    const ack = await client.request('message:read', { messageId: 123_456_789 });
    expect(ack).toStrictEqual(aFailure('MESSAGE_NOT_FOUND'));
  });

  it('USER_NOT_FOUND', async () => {
    const alice = someone('alice');
    const client = await app.connect(alice);
    const conversationId = `private_${alice.id}_nobody`;
    const ack = await client.request('message:send', { conversationId, content: 'hello?' });
    expect(ack).toStrictEqual(aFailure('USER_NOT_FOUND'));
  });

  it('VALIDATION_FAILED, with each field and the rules it broke', async () => {
    const client = await app.connect(someone('alice'));
    const ack = await client.request('message:send', { conversationId: 0, content: 5 });
    const details = ['conversationId', 'content'].map((field) => ({
      field,
      rules: expect.arrayContaining([expect.any(String)]),
    }));
    expect(ack).toStrictEqual(
      aFailure('VALIDATION_FAILED', { details: expect.arrayContaining(details) }),
    );
  });

  it('MESSAGE_TOO_LONG: 4,000 code points are not, 4,001 are, whatever their bytes', async () => {
    const { id, users, clients } = await gather(app, ['alice']);
    const [a] = clients;
    for (const character of ['x', 'é', '🙂']) {
      const content = character.repeat(4_000);
      expect((await a.send(id, content)).message).toStrictEqual(
        aMessage({ conversationId: id, senderId: users[0].id, senderName: 'alice', content }),
      );
      const longer = await a.request('message:send', {
        conversationId: id,
        content: content + character,
      });
      expect(longer).toStrictEqual(aFailure('MESSAGE_TOO_LONG'));
    }
  });

  it('CONFLICT', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const frame = { conversationId: id, clientMessageId: 'once' };
    await clients[0].expect('message:send', { ...frame, content: 'this' });
    const ack = await clients[0].request('message:send', { ...frame, content: 'that' });
    expect(ack).toStrictEqual(aFailure('CONFLICT'));
  });

  it('CONVERSATION_FULL, until somebody leaves', async () => {
    const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
    const id = await app.conversation([alice, bob], { type: 'public', maxParticipants: 2 });
    const c = await app.connect(carol);
    const ack = await c.request('conversation:join', { conversationId: id });
    expect(ack).toStrictEqual(aFailure('CONVERSATION_FULL'));
    await (await app.connect(bob)).join(id);
    await (await app.as(bob)).delete(`/conversations/${id}/participants/${bob.id}`);
    await c.join(id);
  });

  it('RATE_LIMITED counts a user’s sends over all sockets and REST, and says how long', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const second = await app.connect(users[0]);
    const rest = await app.as(users[0]);
    const content = 'one of twenty';
    await Promise.all([
      ...range(1, 10).map(() => clients[0].send(id, content)),
      ...range(1, 9).map(() => second.send(id, content)),
      rest.post(`/conversations/${id}/messages`, { content }),
    ]);
    for (const client of [clients[0], second]) {
      const ack = await client.request('message:send', { conversationId: id, content });
      expect(ack).toStrictEqual(aFailure('RATE_LIMITED', { retryAfter: expect.any(Number) }));
      const { retryAfter } = ack.error ?? {};
      expect(Number.isInteger(retryAfter)).toBe(true);
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(60);
    }
    // Everything else goes on, and so does everyone else.
    await clients[0].expect('message:typing', { conversationId: id, isTyping: true });
    expect(messageIn(await clients[1].send(id, 'unharmed')).seq).toBe(21);
  });

  it('RATE_LIMITED ends when its time is over', async () => {
    const brief = await startApp({ RATE_LIMIT_CHAT: '2/2s' });
    const { id, clients } = await gather(brief, ['alice']);
    const send = () => clients[0].request('message:send', { conversationId: id, content: 'x' });
    const acks = await Promise.all([send(), send(), send()]);
    expect(acks.map(outcomeOf)).toEqual(['ok', 'ok', 'RATE_LIMITED']);
    const wait = Number(acks[2].error?.retryAfter) * 1_000;
    await new Promise((resolve) => setTimeout(resolve, wait));
    expect(outcomeOf(await send())).toBe('ok');
    await brief.stop();
  });
});
