import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { about, aFailure, aMessage, INSTANT, messageIn } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('message:send', () => {
  it('as document 1 shows it: acked whole, and broadcast to everyone joined, the sender too', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const frame = {
      conversationId: id,
      content: 'Bonjour, je souhaite prendre rendez-vous...',
      attachments: ['https://example.com/document.pdf'],
    };
    const ack = await a.request('message:send', frame);
    const message = aMessage({
      ...frame,
      seq: 1,
      senderId: users[0].id,
      senderName: 'alice',
    });
    expect(ack).toStrictEqual({ success: true, message });
    const { id: messageId } = messageIn(ack);
    for (const client of [a, b]) {
      expect(await client.next('message:new')).toStrictEqual({
        message: { ...message, id: messageId },
        timestamp: INSTANT,
      });
    }
  });

  it('carries type, reply, mentions and client id there and back', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const first = messageIn(await b.send(id, 'look'));
    const ack = await a.send(id, 'an image', {
      type: 'image',
      replyTo: first.id,
      mentions: [users[1].id],
      clientMessageId: 'c-1',
    });
    expect(ack.message).toStrictEqual(
      aMessage({
        conversationId: id,
        seq: 2,
        senderId: users[0].id,
        senderName: 'alice',
        content: 'an image',
        type: 'image',
        replyTo: first.id,
        mentions: [users[1].id],
        clientMessageId: 'c-1',
      }),
    );
  });

  it('finds mentions in the text, of participants only', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const ack = await clients[0].send(id, 'hello @bob, and @nobody. mail: x@bob');
    expect(messageIn(ack).mentions).toEqual([users[1].id]);
  });

  it('keeps text as it is: markup, emoji, line breaks, right-to-left', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const content = ' <b>not bold</b> & "quotes"\n👩‍👩‍👧‍👦 שלום \u2028 é e\u0301 ';
    await clients[0].send(id, content);
    expect(messageIn(await clients[1].next('message:new')).content).toBe(content);
  });

  it('without an ack is broadcast just the same', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    clients[0].socket.emit('message:send', { conversationId: id, content: 'no ack' });
    expect(await clients[1].next('message:new')).toMatchObject({ message: { content: 'no ack' } });
  });

  it('reaches only those joined', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const elsewhere = await app.connect(users[1]);
    await clients[0].send(id, 'for the joined');
    await clients[1].next('message:new');
    await elsewhere.settled();
    expect(elsewhere.received('message:new')).toEqual([]);
  });
});

describe('message:edit and message:delete', () => {
  it('an edit is acked and broadcast whole, with its time', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const { id: messageId } = messageIn(await a.send(id, 'teh'));
    const ack = await a.request('message:edit', { messageId, content: 'the @bob' });
    const message = aMessage({
      id: messageId,
      conversationId: id,
      seq: 1,
      senderId: users[0].id,
      senderName: 'alice',
      content: 'the @bob',
      mentions: [users[1].id],
      editedAt: INSTANT,
    });
    expect(ack).toStrictEqual({ success: true, message });
    for (const client of [a, b]) {
      const event = await client.next('message:updated');
      expect(event).toStrictEqual({ message, timestamp: INSTANT });
    }
  });

  it('a deletion blanks the content and keeps the place', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const attachments = ['https://example.com/secret.pdf'];
    const { id: messageId } = messageIn(await a.send(id, 'oops @bob', { attachments }));
    await b.expect('message:react', { messageId, emoji: '😮' });
    const ack = await a.request('message:delete', { messageId });
    expect(ack).toStrictEqual({
      success: true,
      message: aMessage({
        id: messageId,
        conversationId: id,
        seq: 1,
        senderId: users[0].id,
        senderName: 'alice',
        content: '',
        deletedAt: INSTANT,
      }),
    });
    for (const client of [a, b]) {
      expect(await client.next('message:deleted')).toStrictEqual({
        messageId,
        conversationId: id,
        deletedBy: users[0].id,
        timestamp: INSTANT,
      });
    }
    expect(messageIn(await a.send(id, 'next')).seq).toBe(2);
  });
});

describe('message:react and message:unreact', () => {
  it('keep one reaction per user and emoji, and tell everyone joined of each change', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const [{ id: aliceId }, { id: bobId }] = users;
    const { id: messageId } = messageIn(await a.send(id, 'news'));
    const steps = [
      [a, 'message:react', '👍', { '👍': [aliceId] }],
      [b, 'message:react', '👍', { '👍': [aliceId, bobId] }],
      [b, 'message:react', '🎉', { '👍': [aliceId, bobId], '🎉': [bobId] }],
      [a, 'message:unreact', '👍', { '👍': [bobId], '🎉': [bobId] }],
    ] as const;
    for (const [client, event, emoji, reactions] of steps) {
      const ack = await client.request(event, { messageId, emoji });
      expect(ack).toStrictEqual({ success: true, reactions });
      for (const witness of [a, b]) {
        expect(await witness.next('message:reaction')).toStrictEqual({
          messageId,
          conversationId: id,
          reactions,
          timestamp: INSTANT,
        });
      }
    }
  });

  it('say nothing twice: what changes nothing is acked and not broadcast', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const { id: messageId } = messageIn(await a.send(id, 'news'));
    await a.expect('message:unreact', { messageId, emoji: '👍' });
    await a.expect('message:react', { messageId, emoji: '👍' });
    await a.expect('message:react', { messageId, emoji: '👍' });
    await b.next('message:reaction');
    await b.settled();
    expect(b.received('message:reaction')).toHaveLength(1);
  });
});

describe('message:read', () => {
  it('as document 1 shows it: acked with what is left, told to everyone joined', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const first = messageIn(await a.send(id, 'one'));
    await a.send(id, 'two');
    const ack = await b.request('message:read', { messageId: first.id });
    expect(ack).toStrictEqual({ success: true, message: expect.any(String), unreadCount: 1 });
    for (const client of [a, b]) {
      expect(await client.next('message:read:ack', about(first.id))).toStrictEqual({
        messageId: first.id,
        conversationId: id,
        readBy: users[1].id,
        readAt: INSTANT,
      });
    }
  });

  it('marks everything up to the message, and never goes back', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const first = messageIn(await a.send(id, 'one'));
    await a.send(id, 'two');
    const third = messageIn(await a.send(id, 'three'));
    expect(await b.expect('message:read', { messageId: third.id })).toMatchObject({
      unreadCount: 0,
    });
    expect(await b.expect('message:read', { messageId: first.id })).toMatchObject({
      unreadCount: 0,
    });
    expect((await b.join(id)).conversation).toMatchObject({ unreadCount: 0 });
    await a.settled();
    expect(a.received('message:read:ack')).toHaveLength(1);
  });

  it('does not count one’s own messages, nor deleted ones', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const first = messageIn(await a.send(id, 'one'));
    const gone = messageIn(await a.send(id, 'two'));
    await b.send(id, 'mine');
    await a.expect('message:delete', { messageId: gone.id });
    expect(await b.expect('message:read', { messageId: first.id })).toMatchObject({
      unreadCount: 0,
    });
  });
});

describe('a failure without an ack', () => {
  it('arrives as the event exception: the failure, and what it was about', async () => {
    const { clients } = await gather(app, ['alice']);
    clients[0].socket.emit('message:read', { messageId: 2 ** 40 });
    expect(await clients[0].next('exception')).toStrictEqual({
      ...aFailure('MESSAGE_NOT_FOUND'),
      event: 'message:read',
    });
  });

  it('names the fields that were refused', async () => {
    const { clients } = await gather(app, ['alice']);
    clients[0].socket.emit('message:typing', { conversationId: 1, isTyping: 'yes' });
    expect(await clients[0].next('exception')).toMatchObject({
      event: 'message:typing',
      error: { code: 'VALIDATION_FAILED', details: [{ field: 'isTyping' }] },
    });
  });
});
