import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient, ClientOptions } from '../support/chat-client.js';
import { messageIn, messagesIn, range, sendMany, seqsOf } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone, tokenFor } from '../support/tokens.js';

const VERSIONS = ['4.8.4', '4.5.4'] as const;
const TRANSPORTS = [
  ['websocket', ['websocket']],
  // The clients' default: polling first, then the upgrade.
  ['polling, then websocket', ['polling', 'websocket']],
  ['polling', ['polling']],
] as const;

const cases = VERSIONS.flatMap((version) =>
  TRANSPORTS.map(([name, transports]) => ({ version, name, transports: [...transports] })),
);

const seqsReceived = (client: ChatClient): number[] =>
  client.received('message:new').map((event) => messageIn(event).seq);

const transportOf = (client: ChatClient): string => client.socket.io.engine.transport.name;

function upgraded(client: ChatClient): Promise<void> {
  const { engine } = client.socket.io;
  if (engine.transport.name === 'websocket') return Promise.resolve();
  return new Promise((resolve) => engine.once('upgrade', () => resolve()));
}

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe.each(cases)('socket.io-client $version over $name', ({ version, transports }) => {
  const options: ClientOptions = { version, transports };

  it('joins, sends, types, reads, edits, reacts, deletes, leaves', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob'], options);
    const [a, b] = clients;
    await a.expect('message:typing', { conversationId: id, isTyping: true });
    expect(await b.next('user:typing')).toMatchObject({ userId: users[0].id, isTyping: true });
    const { id: messageId } = messageIn(await a.send(id, 'hello – ça va? 👋'));
    expect(messageIn(await b.next('message:new')).content).toBe('hello – ça va? 👋');
    expect(await b.next('user:typing')).toMatchObject({ isTyping: false });
    await b.expect('message:read', { messageId });
    expect(await a.next('message:read:ack')).toMatchObject({ messageId, readBy: users[1].id });
    await a.expect('message:edit', { messageId, content: 'hello' });
    expect(messageIn(await b.next('message:updated')).content).toBe('hello');
    await b.expect('message:react', { messageId, emoji: '👍' });
    expect(await a.next('message:reaction')).toMatchObject({ reactions: { '👍': [users[1].id] } });
    await a.expect('message:delete', { messageId });
    expect(await b.next('message:deleted')).toMatchObject({ messageId });
    await b.expect('conversation:leave', { conversationId: id });
    const online = await a.expect('conversation:users:online', { conversationId: id });
    expect(online.onlineUsers).toEqual([users[0].id]);
    b.close();
    expect(await a.next('user:offline')).toMatchObject({ userId: users[1].id });
  });

  it('brings a burst of messages in order, each once', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob'], options);
    await sendMany(clients[0], id, 300);
    for (const client of clients) {
      await client.next('message:new', (event) => messageIn(event).seq === 300);
      expect(seqsReceived(client)).toEqual(range(1, 300));
    }
  });

  it('comes back after a cut and catches up', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob'], {
      ...options,
      reconnectionDelay: 10,
    });
    const [a, b] = clients;
    await a.send(id, 'before');
    await b.next('message:new');
    const reconnected = new Promise<void>((resolve) => b.socket.once('connect', () => resolve()));
    b.socket.io.engine.close();
    await a.send(id, 'meanwhile');
    await reconnected;
    expect(seqsOf(messagesIn(await b.join(id, 1), 'missed'))).toEqual([2]);
    await a.send(id, 'after');
    expect(await b.next('message:new')).toMatchObject({ message: { seq: 3 } });
  });

  it('is refused with the reason', async () => {
    const client = app.dial('not a token', options);
    expect((await client.refused()).data).toEqual({ code: 'AUTH_FAILED' });
  });
});

describe.each(VERSIONS)('the upgrade of socket.io-client %s', (version) => {
  it('loses, repeats and reorders nothing of a burst that is under way', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const writer = await app.connect(alice, { transports: ['websocket'] });
    const readers = await Promise.all(
      range(1, 10).map(async () => app.dial(await tokenFor(bob), { version })),
    );
    const state = { isOver: false };
    let written = 0;
    const writing = (async () => {
      while (!state.isOver) {
        await Promise.all(range(1, 10).map(() => writer.send(id, `message ${++written}`)));
      }
    })();
    // Joined while still polling: every reader's upgrade falls into the burst.
    const starts = await Promise.all(
      readers.map(async (reader) => {
        await reader.connected();
        const ack = await reader.join(id);
        await upgraded(reader);
        return (ack.conversation as { lastSeq: number }).lastSeq;
      }),
    );
    state.isOver = true;
    await writing;
    const last = messageIn(await writer.send(id, 'the last')).seq;
    for (const [index, reader] of readers.entries()) {
      await reader.next('message:new', (event) => messageIn(event).seq === last);
      expect(transportOf(reader)).toBe('websocket');
      expect(seqsReceived(reader)).toEqual(range((starts[index] ?? 0) + 1, last));
    }
  });

  it('keeps the acks of what was sent during it', async () => {
    const { id, users } = await gather(app, ['alice', 'bob']);
    const client = await app.connect(users[0], { version });
    const acks = await Promise.all(range(1, 100).map((n) => client.send(id, `message ${n}`)));
    expect(acks.map((ack) => messageIn(ack).seq)).toEqual(range(1, 100));
  });
});
