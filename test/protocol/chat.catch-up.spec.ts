import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  aMessage,
  messageIn,
  messagesIn,
  range,
  sendMany,
  seqsOf,
} from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';

describe('conversation:join with afterSeq', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('brings what came after it, whole and ascending', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await sendMany(a, id, 3);
    const ack = await b.join(id, 1);
    const message = (seq: number) =>
      aMessage({
        conversationId: id,
        seq,
        senderId: users[0].id,
        senderName: 'alice',
        content: `message ${seq}`,
      });
    expect(ack.missed).toStrictEqual([message(2), message(3)]);
    expect(ack.hasMore).toBe(false);
  });

  it('brings everything after 0, nothing after the last, nothing after a seq to come', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    await sendMany(a, id, 3);
    expect(seqsOf(messagesIn(await a.join(id, 0), 'missed'))).toEqual([1, 2, 3]);
    expect(await a.join(id, 3)).toMatchObject({ missed: [], hasMore: false });
    expect(await a.join(id, 99)).toMatchObject({ missed: [], hasMore: false });
  });

  it('is left out of the answer when it was not asked for', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const ack = await clients[0].join(id);
    expect(ack).not.toHaveProperty('missed');
    expect(ack).not.toHaveProperty('hasMore');
  });

  it('shows edits and deletions as they stand now', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const first = messageIn(await a.send(id, 'one'));
    const second = messageIn(await a.send(id, 'two'));
    await a.expect('message:edit', { messageId: first.id, content: 'one, rather' });
    await a.expect('message:delete', { messageId: second.id });
    const [edited, deleted] = messagesIn(await b.join(id, 0), 'missed');
    expect(edited).toMatchObject({ seq: 1, content: 'one, rather' });
    expect(deleted).toMatchObject({ seq: 2, content: '' });
    expect(deleted?.deletedAt).not.toBeNull();
  });

  it('brings 500 at most, says that there is more, and goes on from there to the end', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    await sendMany(clients[0], id, 1_020);
    const reader = await app.connect(users[1]);
    const pages = [];
    let [last, hasMore] = [0, true];
    while (hasMore) {
      const ack = await reader.join(id, last);
      const missed = seqsOf(messagesIn(ack, 'missed'));
      pages.push(missed.length);
      expect(missed).toEqual(range(last + 1, last + missed.length));
      last += missed.length;
      hasMore = ack.hasMore as boolean;
    }
    expect(pages).toEqual([500, 500, 20]);
    await clients[0].send(id, 'live again');
    expect(await reader.next('message:new')).toMatchObject({ message: { seq: 1_021 } });
  });

  it('continues live behind an answer that was not the whole of it', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    await sendMany(clients[0], id, 510);
    const reader = await app.connect(users[1]);
    expect(await reader.join(id, 0)).toMatchObject({ hasMore: true });
    await clients[0].send(id, 'meanwhile');
    expect(await reader.next('message:new')).toMatchObject({ message: { seq: 511 } });
    const rest = await reader.expect('conversation:history', {
      conversationId: id,
      after: 500,
      limit: 100,
    });
    expect(seqsOf(messagesIn(rest, 'messages'))).toEqual(range(501, 511));
  });

  it('brings a client that was away everything, once, in order', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await sendMany(a, id, 5);
    await b.next('message:new', (event) => messageIn(event).seq === 5);
    b.close();
    await sendMany(a, id, 5);
    const again = await app.connect(users[1]);
    const missed = seqsOf(messagesIn(await again.join(id, 5), 'missed'));
    await sendMany(a, id, 5);
    await again.next('message:new', (event) => messageIn(event).seq === 15);
    const live = again.received('message:new').map((event) => messageIn(event).seq);
    expect([...missed, ...live]).toEqual(range(6, 15));
  });
});
