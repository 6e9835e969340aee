import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import type { Message } from '../../src/core/model/message.js';
import { EventBus } from '../../src/core/ports/event-bus.js';
import { MessageStore } from '../../src/core/ports/message-store.js';
import { PostgresMessageLog } from '../../src/persistence/postgres-message-log.js';
import { draft } from '../persistence/support/log-fixture.js';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { someone } from '../support/tokens.js';

interface Told {
  seq: number;
  content: string;
  deletedAt: string | null;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The same order every time; nothing about it is sorted. */
const shuffled = <T>(items: readonly T[]): T[] => {
  const rest = [...items];
  const result: T[] = [];
  for (let n = 7; rest.length > 0; n = (n * 31 + 17) % 1_009) {
    result.push(...rest.splice(n % rest.length, 1));
  }
  return result;
};

const [alice, bob] = [someone('alice'), someone('bob')];

describe('delivery', () => {
  let app: TestApp;
  /** Another node's log: what it commits, this node hears of by the bus only. */
  let elsewhere: PostgresMessageLog;
  let bus: EventBus;
  let store: MessageStore;

  beforeAll(async () => {
    app = await startApp();
    elsewhere = new PostgresMessageLog(app.get(DataSource), app.database.url);
    [bus, store] = [app.get(EventBus), app.get(MessageStore)];
  });
  afterAll(async () => {
    await elsewhere.close();
    await app.stop();
  });

  /** A conversation with a reader joined to it, and messages it has not been told of. */
  async function scene(count: number) {
    const id = await app.conversation([alice, bob]);
    const reader = await app.connect(bob);
    await reader.join(id);
    return { id, reader, messages: await commitElsewhere(id, count) };
  }

  async function commitElsewhere(id: number, count: number): Promise<Message[]> {
    const { id: senderId, name: senderName } = alice;
    const results = await Promise.all(
      range(1, count).map((n) =>
        elsewhere.append(
          draft(id, { senderId: String(senderId), senderName, content: `number ${n}` }),
        ),
      ),
    );
    return results.map((result) => {
      if (result.outcome !== 'appended') throw new Error(`Not appended: ${result.outcome}`);
      return result.message;
    });
  }

  const announce = (conversationId: number, messages: readonly Message[], head?: number) =>
    bus.publish('messages.committed', {
      conversationId,
      messages,
      head: head ?? messages.at(-1)?.seq ?? 0,
    });

  const told = (client: ChatClient): Told[] =>
    client.received('message:new').map(({ message }) => message as Told);

  /** Resolves when that seq was told; and nothing that was told before it came is missed. */
  const untilTold = async (client: ChatClient, seq: number) => {
    await client.next('message:new', ({ message }) => (message as Told).seq === seq);
    await client.settled();
    return told(client).map((message) => message.seq);
  };

  const batchesOf = <T>(items: readonly T[], size: number): T[][] =>
    range(0, Math.ceil(items.length / size) - 1).map((n) => items.slice(n * size, (n + 1) * size));

  it('passes on what comes in order', async () => {
    const { id, reader, messages } = await scene(20);
    for (const batch of batchesOf(messages, 3)) await announce(id, batch);
    expect(await untilTold(reader, 20)).toEqual(range(1, 20));
    expect(told(reader).map(({ content }) => content)).toEqual(messages.map((m) => m.content));
  });

  it('fills a hole from the log before anything later', async () => {
    const { id, reader, messages } = await scene(30);
    await announce(id, messages.slice(0, 5));
    await announce(id, messages.slice(20, 22));
    await announce(id, messages.slice(28));
    expect(await untilTold(reader, 30)).toEqual(range(1, 30));
  });

  it('needs no message at all, only the number reached', async () => {
    const { id, reader } = await scene(12);
    await announce(id, [], 12);
    expect(await untilTold(reader, 12)).toEqual(range(1, 12));
  });

  it('fills a hole longer than one page of the log', async () => {
    const { id, reader, messages } = await scene(1_203);
    await announce(id, messages.slice(-1));
    expect(await untilTold(reader, 1_203)).toEqual(range(1, 1_203));
  });

  it.each<[string, (batches: Message[][]) => Message[][]]>([
    ['backwards', (batches) => [...batches].reverse()],
    ['shuffled', shuffled],
    ['three times each', (batches) => batches.flatMap((batch) => [batch, batch, batch])],
    ['shuffled, and all of it twice', (batches) => shuffled([...batches, ...batches])],
  ])('tells each once and in order when announcements come %s', async (_, arrange) => {
    const { id, reader, messages } = await scene(120);
    for (const batch of arrange(batchesOf(messages, 4))) void announce(id, batch);
    expect(await untilTold(reader, 120)).toEqual(range(1, 120));
    // What comes late is known already.
    for (const batch of batchesOf(messages, 7)) await announce(id, batch);
    await announce(id, [], 60);
    await reader.settled();
    expect(told(reader).map(({ seq }) => seq)).toEqual(range(1, 120));
  });

  it('weaves in what this node commits itself while the other’s news is late', async () => {
    const { id, reader, messages } = await scene(40);
    const writer = await app.connect(alice);
    const sends = range(1, 40).map((n) => writer.send(id, `own ${n}`));
    for (const batch of shuffled(batchesOf(messages, 3))) void announce(id, batch);
    await Promise.all(sends);
    expect(await untilTold(reader, 80)).toEqual(range(1, 80));
  });

  it('tells every reader the same, whenever it joined', async () => {
    const { id, reader, messages } = await scene(60);
    const late: ChatClient[] = [];
    const batches = shuffled(batchesOf(messages, 2));
    for (const [n, batch] of batches.entries()) {
      void announce(id, batch);
      if (n % 10 === 5) late.push(await app.connect(bob));
    }
    const joins = await Promise.all(late.map((client) => client.join(id, 0)));
    const [last] = await commitElsewhere(id, 1);
    if (last) await announce(id, [last]);
    expect(await untilTold(reader, 61)).toEqual(range(1, 61));
    for (const [n, client] of late.entries()) {
      const seen = (joins[n]?.missed as Told[]).map(({ seq }) => seq);
      expect([...seen, ...(await untilTold(client, 61))]).toEqual(range(1, 61));
    }
  });

  it('tells of an edit that came before the announcement, after the message itself', async () => {
    const { id, reader, messages } = await scene(2);
    const writer = await app.connect(alice);
    await writer.expect('message:edit', { messageId: messages[1]?.id, content: 'edited' });
    await announce(id, messages);
    expect(await untilTold(reader, 2)).toEqual([1, 2]);
    expect(await reader.next('message:updated')).toMatchObject({ message: { content: 'edited' } });
  });

  it('gives a message deleted before its announcement its place, without content', async () => {
    const { id, reader, messages } = await scene(3);
    const writer = await app.connect(alice);
    await writer.expect('message:delete', { messageId: messages[1]?.id });
    await announce(id, messages.slice(2));
    expect(await untilTold(reader, 3)).toEqual([1, 2, 3]);
    expect(told(reader)[1]).toMatchObject({ content: '', deletedAt: expect.any(String) });
    // Told after the message, never before it: a client can only take back what it has.
    expect(await reader.next('message:deleted')).toMatchObject({ messageId: messages[1]?.id });
  });

  it('tries again when the log could not be read', async () => {
    const { id, reader, messages } = await scene(5);
    const page = store.page.bind(store);
    let failures = 0;
    store.page = () => {
      failures++;
      store.page = page;
      return Promise.reject(new Error('away'));
    };
    await announce(id, messages.slice(4));
    expect(await untilTold(reader, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(failures).toBe(1);
  });

  it('is not stopped by an announcement for a conversation nobody here has heard of', async () => {
    const { id, reader, messages } = await scene(1);
    await announce(999_999, messages, 7);
    await announce(id, messages);
    expect(await untilTold(reader, 1)).toEqual([1]);
  });
});
