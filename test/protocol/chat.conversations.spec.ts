import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aMessage, INSTANT, messagesIn, range, sendMany, seqsOf } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('conversation:join', () => {
  it('answers with the conversation and who is online in it', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob], { title: 'Rendez-vous', slug: 'rendez-vous' });
    const a = await app.connect(alice);
    const ack = await a.request('conversation:join', { conversationId: id });
    expect(ack).toStrictEqual({
      success: true,
      message: expect.any(String),
      conversation: {
        id,
        type: 'private',
        slug: 'rendez-vous',
        title: 'Rendez-vous',
        participantCount: 2,
        lastSeq: 0,
        slowModeSeconds: 0,
        unreadCount: 0,
      },
      onlineUsers: [alice.id],
    });
  });

  it('tells how much there is and how much of it is unread', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await a.send(id, 'one');
    await a.send(id, 'two');
    expect((await b.join(id)).conversation).toMatchObject({ lastSeq: 2, unreadCount: 2 });
    expect((await a.join(id)).conversation).toMatchObject({ lastSeq: 2, unreadCount: 0 });
  });

  it('may be repeated and still delivers each message once', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await b.join(id);
    await a.send(id, 'once');
    await b.next('message:new');
    await b.settled();
    expect(b.received('message:new')).toHaveLength(1);
  });

  it('without an ack joins just the same', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    b.socket.emit('conversation:join', { conversationId: id });
    await b.settled();
    await a.send(id, 'hello');
    expect(await b.next('message:new')).toMatchObject({ message: { content: 'hello' } });
  });
});

describe('conversation:leave', () => {
  it('ends reception on this socket alone; membership and other sockets stay', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const other = await app.connect(users[1]);
    await other.join(id);
    const ack = await b.request('conversation:leave', { conversationId: id });
    expect(ack).toStrictEqual({ success: true, message: expect.any(String) });
    await a.send(id, 'after the leave');
    await other.next('message:new');
    await b.settled();
    expect(b.received('message:new')).toEqual([]);
    await b.send(id, 'still a participant');
  });

  it('of a conversation not joined is no error', async () => {
    const { id, users } = await gather(app, ['alice', 'bob']);
    const idle = await app.connect(users[0]);
    expect(await idle.expect('conversation:leave', { conversationId: id })).toBeTruthy();
  });

  it('of a conversation that does not exist is told so', async () => {
    const client = await app.connect(someone('alice'));
    const ack = await client.request('conversation:leave', { conversationId: 2 ** 31 - 1 });
    expect(ack.error?.code).toBe('CONVERSATION_NOT_FOUND');
  });
});

describe('conversation:users:online', () => {
  it('names each user with a socket joined, once', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob', 'carol']);
    const [alice, bob, carol] = users;
    const second = await app.connect(bob);
    await second.join(id);
    await clients[2].expect('conversation:leave', { conversationId: id });
    const ack = await clients[0].request('conversation:users:online', { conversationId: id });
    expect(ack).toStrictEqual({ success: true, onlineUsers: expect.any(Array) });
    expect(ack.onlineUsers).toHaveLength(2);
    expect(ack.onlineUsers).toEqual(expect.arrayContaining([alice.id, bob.id]));
    expect(ack.onlineUsers).not.toContain(carol.id);
  });

  it('sends an id that is no canonical integer as text', async () => {
    const user = { id: '007', name: 'bond' };
    const id = await app.conversation([user]);
    const client = await app.connect(user);
    await client.join(id);
    const ack = await client.expect('conversation:users:online', { conversationId: id });
    expect(ack.onlineUsers).toEqual(['007']);
  });
});

describe('conversation:list', () => {
  it('shows the most recently active first, each with its last message', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const quiet = await app.conversation([alice, bob], { title: 'quiet' });
    const busy = await app.conversation([alice, bob], { title: 'busy' });
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    await a.send(quiet, 'first');
    await a.send(busy, 'second');
    const summary = (id: number, title: string, content: string) => ({
      id,
      type: 'private',
      slug: null,
      title,
      participantCount: 2,
      lastSeq: 1,
      slowModeSeconds: 0,
      unreadCount: 1,
      lastMessage: aMessage({
        conversationId: id,
        seq: 1,
        senderId: alice.id,
        senderName: 'alice',
        content,
      }),
    });
    expect(await b.request('conversation:list', {})).toStrictEqual({
      success: true,
      conversations: [summary(busy, 'busy', 'second'), summary(quiet, 'quiet', 'first')],
      nextCursor: null,
    });
  });

  it('goes on from its cursor until nothing is left, each conversation once', async () => {
    const alice = someone('alice');
    const ids: number[] = [];
    for (const title of ['1', '2', '3', '4', '5']) {
      ids.push(await app.conversation([alice], { title }));
    }
    const client = await app.connect(alice);
    const seen: number[] = [];
    let cursor: unknown;
    do {
      const page = await client.expect('conversation:list', {
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...(page.conversations as { id: number }[]).map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([...ids].reverse());
  });

  it('has no last message where nothing was said', async () => {
    const alice = someone('alice');
    await app.conversation([alice]);
    const client = await app.connect(alice);
    const { conversations } = await client.expect('conversation:list');
    expect(conversations).toMatchObject([{ lastSeq: 0, unreadCount: 0, lastMessage: null }]);
  });
});

describe('conversation:history', () => {
  it('answers with whole messages, ascending', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    await clients[0].send(id, 'hello');
    const ack = await clients[1].request('conversation:history', { conversationId: id });
    const message = aMessage({
      conversationId: id,
      seq: 1,
      senderId: users[0].id,
      senderName: 'alice',
      content: 'hello',
      sentAt: INSTANT,
    });
    expect(ack).toStrictEqual({ success: true, messages: [message], hasMore: false });
  });

  it.each([
    ['the newest without bounds', { limit: 4 }, range(9, 12), true],
    ['the newest below `before`', { before: 6, limit: 3 }, range(3, 5), true],
    ['the first ones when `before` reaches them', { before: 3 }, range(1, 2), false],
    ['the oldest above `after`', { after: 4, limit: 3 }, range(5, 7), true],
    ['the last ones when `after` reaches them', { after: 10 }, range(11, 12), false],
    ['what lies between both bounds', { after: 3, before: 7 }, range(4, 6), false],
    ['nothing above the last', { after: 12 }, [], false],
    ['nothing below the first', { before: 1 }, [], false],
  ])('pages by seq: %s', async (_, bounds, seqs, hasMore) => {
    const { id, clients } = await gather(app, ['alice']);
    await sendMany(clients[0], id, 12);
    const ack = await clients[0].expect('conversation:history', { conversationId: id, ...bounds });
    expect(seqsOf(messagesIn(ack, 'messages'))).toEqual(seqs);
    expect(ack.hasMore).toBe(hasMore);
  });
});
