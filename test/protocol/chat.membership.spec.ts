import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';

describe('losing membership', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('ends reception before the removal is acked, however much is under way', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob', 'carol']);
    const [writer, removed, witness] = clients;
    const elsewhere = await app.connect(users[1]);
    const rest = await app.as(users[0]);
    const path = `/conversations/${id}/participants/${users[1].id}`;
    const sends = range(1, 200).map((n) => writer.send(id, `message ${n}`));
    await removed.next('message:new');
    expect((await rest.delete(path)).status).toBe(204);
    // What was written before the ack may still be on its way: a round trip has passed it.
    await Promise.all([removed.settled(), elsewhere.settled()]);
    const [heard, told] = [removed.log.length, elsewhere.log.length];
    const after = messageIn(await writer.send(id, 'after the removal'));
    await Promise.all(sends);
    await witness.next('message:new', (event) => messageIn(event).seq === after.seq);
    await Promise.all([removed.settled(), elsewhere.settled()]);
    expect(removed.log.slice(heard)).toEqual([]);
    expect(elsewhere.log.slice(told)).toEqual([]);
    expect(witness.received('message:new')).toHaveLength(201);
  });

  it('holds at the very ack: no message sent after it arrives', async () => {
    for (const _ of range(1, 10)) {
      const { id, users, clients } = await gather(app, ['alice', 'bob']);
      const [writer, removed] = clients;
      const rest = await app.as(users[0]);
      await rest.delete(`/conversations/${id}/participants/${users[1].id}`);
      await writer.send(id, 'not for bob');
      await writer.next('message:new');
      await removed.settled();
      expect(removed.received('message:new')).toEqual([]);
    }
  });

  it('takes back every right at once', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [, b] = clients;
    const { id: messageId } = messageIn(await b.send(id, 'mine'));
    await (await app.as(users[0])).delete(`/conversations/${id}/participants/${users[1].id}`);
    const fields = { content: 'x', emoji: '👍', isTyping: true, reason: 'spam' };
    const payload = { conversationId: id, messageId, ...fields };
    const outcomes: Record<string, string> = {};
    for (const event of [
      'conversation:join',
      'conversation:history',
      'conversation:users:online',
      'message:send',
      'message:typing',
      'message:edit',
      'message:delete',
      'message:react',
      'message:read',
      'message:report',
    ]) {
      outcomes[event] = outcomeOf(await b.request(event, payload));
    }
    expect(outcomes).toEqual({
      'conversation:join': 'PERMISSION_DENIED',
      'conversation:history': 'PERMISSION_DENIED',
      'conversation:users:online': 'PERMISSION_DENIED',
      'message:send': 'PERMISSION_DENIED',
      'message:typing': 'PERMISSION_DENIED',
      'message:edit': 'MESSAGE_NOT_FOUND',
      'message:delete': 'MESSAGE_NOT_FOUND',
      'message:react': 'MESSAGE_NOT_FOUND',
      'message:read': 'MESSAGE_NOT_FOUND',
      'message:report': 'MESSAGE_NOT_FOUND',
    });
    const online = await clients[0].expect('conversation:users:online', { conversationId: id });
    expect(online.onlineUsers).toEqual([users[0].id]);
  });

  it('and coming back restores them', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const rest = await app.as(users[0]);
    const path = `/conversations/${id}/participants/${users[1].id}`;
    await rest.delete(path);
    await a.send(id, 'while away');
    await rest.put(path);
    expect(await b.join(id, 0)).toMatchObject({ missed: [{ content: 'while away' }] });
    await a.send(id, 'welcome back');
    expect(messageIn(await b.next('message:new')).content).toBe('welcome back');
  });

  it('by leaving oneself over REST ends reception too', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const rest = await app.as(users[1]);
    expect((await rest.delete(`/conversations/${id}/participants/${users[1].id}`)).status).toBe(
      204,
    );
    expect(await a.next('participant:left')).toMatchObject({ userId: users[1].id });
    await a.send(id, 'alone');
    await a.next('message:new');
    await b.settled();
    expect(b.received('message:new')).toEqual([]);
  });

  it('joins that are under way while it is lost stay outside', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const rest = await app.as(users[0]);
    const joins = range(1, 20).map(() => b.request('conversation:join', { conversationId: id }));
    await rest.delete(`/conversations/${id}/participants/${users[1].id}`);
    await Promise.all(joins);
    await b.settled();
    await a.send(id, 'not for bob');
    await a.next('message:new');
    await b.settled();
    expect(b.received('message:new')).toEqual([]);
  });

  it('a deleted conversation is gone for everyone', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const { id: messageId } = messageIn(await clients[0].send(id, 'soon gone'));
    await (await app.as(users[0])).delete(`/conversations/${id}`);
    for (const client of clients) {
      const payload = { conversationId: id, messageId, content: 'x' };
      for (const event of ['conversation:join', 'conversation:history', 'message:send']) {
        expect(outcomeOf(await client.request(event, payload))).toBe('CONVERSATION_NOT_FOUND');
      }
      expect(outcomeOf(await client.request('message:read', payload))).toBe('MESSAGE_NOT_FOUND');
    }
  });
});
