import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { messageIn, messagesIn, range, seqsOf } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const received = (client: ChatClient) => client.received('message:new').map(messageIn);
const until = (client: ChatClient, seq: number) =>
  client.next('message:new', (event) => messageIn(event).seq === seq);

/** Keeps sending, ten at a time, until it is told to stop; resolves with the last `seq`. */
function keepWriting(client: ChatClient, id: number): () => Promise<number> {
  const state = { isOver: false };
  let last = 0;
  const writing = (async () => {
    while (!state.isOver) {
      const acks = await Promise.all(range(1, 10).map((n) => client.send(id, `message ${n}`)));
      last = Math.max(...acks.map((ack) => messageIn(ack).seq));
    }
  })();
  return async () => {
    state.isOver = true;
    await writing;
    return last;
  };
}

describe('order', () => {
  it('sends pipelined by one client are numbered and delivered as they were sent', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const texts = range(1, 200).map((n) => `text ${n}`);
    const acks = await Promise.all(texts.map((text) => a.send(id, text)));
    expect(acks.map((ack) => messageIn(ack).seq)).toEqual(range(1, 200));
    expect(acks.map((ack) => messageIn(ack).content)).toEqual(texts);
    for (const client of [a, b]) {
      await until(client, 200);
      expect(received(client).map(({ content }) => content)).toEqual(texts);
    }
  });

  it('mentions, replies and long texts between plain ones do not overtake or fall behind', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    const { id: replyTo } = messageIn(await a.send(id, 'first'));
    const kinds = [
      (n: number) => ({ content: `plain ${n}` }),
      (n: number) => ({ content: `hello @bob ${n}` }),
      (n: number) => ({ content: `${n} ${'long '.repeat(700)}` }),
      (n: number) => ({ content: `reply ${n}`, replyTo }),
      (n: number) => ({ content: `named ${n}`, mentions: [1, 2, 3], clientMessageId: `n${n}` }),
    ];
    const frames = range(0, 99).map((n) => kinds[n % kinds.length]?.(n) ?? { content: '' });
    await Promise.all(
      frames.map((frame) => a.expect('message:send', { conversationId: id, ...frame })),
    );
    await until(b, 101);
    const contents = received(b).map(({ content }) => content);
    expect(contents).toEqual(['first', ...frames.map(({ content }) => content)]);
  });

  it('does not depend on how the conversation is called', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const direct = `private_${alice.id}_${bob.id}`;
    const { conversationId } = messageIn(await a.send(direct, '0'));
    await b.join(direct);
    const names = [direct, conversationId, String(conversationId), `room_${conversationId}`];
    await Promise.all(range(1, 100).map((n) => a.send(names[n % 4] ?? '', String(n))));
    await until(b, 101);
    expect(received(b).map(({ content }) => content)).toEqual(range(1, 100).map(String));
  });

  it('is one order for all, whoever writes', async () => {
    const { id, clients } = await gather(app, ['a', 'b', 'c', 'd', 'e']);
    await Promise.all(
      clients.flatMap((client, index) => range(1, 40).map((n) => client.send(id, `${index}:${n}`))),
    );
    await Promise.all(clients.map((client) => until(client, 200)));
    const [first, ...others] = clients.map(received);
    expect(seqsOf(first ?? [])).toEqual(range(1, 200));
    for (const other of others) expect(other).toEqual(first);
    for (const index of range(0, 4)) {
      const own = (first ?? []).filter(({ content }) => content.startsWith(`${index}:`));
      expect(own.map(({ content }) => content)).toEqual(range(1, 40).map((n) => `${index}:${n}`));
    }
  });

  it('holds in each of several conversations at once, without gaps', async () => {
    const alice = someone('alice');
    const client = await app.connect(alice);
    const ids = [await app.conversation([alice]), await app.conversation([alice])];
    for (const id of ids) await client.join(id);
    await Promise.all(range(0, 99).map((n) => client.send(ids[n % 2] ?? 0, String(n))));
    for (const id of ids) {
      await client.next('message:new', (event) => {
        const { conversationId, seq } = messageIn(event);
        return conversationId === id && seq === 50;
      });
      const own = received(client).filter(({ conversationId }) => conversationId === id);
      expect(seqsOf(own)).toEqual(range(1, 50));
    }
  });

  it('join and what follows it may be sent without waiting', async () => {
    const [alice, walker] = [someone('alice'), someone('walker')];
    const id = await app.conversation([alice], { type: 'public' });
    const client = await app.connect(walker);
    const answers = await Promise.all([
      client.request('conversation:join', { conversationId: id }),
      client.request('message:send', { conversationId: id, content: 'hello' }),
      client.request('message:typing', { conversationId: id, isTyping: true }),
      client.request('conversation:leave', { conversationId: id }),
    ]);
    expect(answers.map(({ success }) => success)).toEqual([true, true, true, true]);
  });

  it('the ack of a send comes before its broadcast, that of a join before what follows', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    const order: string[] = [];
    a.socket.on('message:new', () => order.push('message:new'));
    const emit = (event: string, payload: unknown) =>
      new Promise((resolve) => {
        a.socket.emit(event, payload, () => resolve(order.push(event)));
      });
    await Promise.all([
      emit('conversation:join', { conversationId: id }),
      emit('message:send', { conversationId: id, content: 'x' }),
    ]);
    await a.next('message:new');
    expect(order).toEqual(['conversation:join', 'message:send', 'message:new']);
  });
});

describe('a reader who leaves and joins with afterSeq while a writer goes on', () => {
  it('gets each message once and in order: 100 times on one socket', async () => {
    const { id, clients } = await gather(app, ['writer', 'reader']);
    const [writer, reader] = clients;
    await reader.expect('conversation:leave', { conversationId: id });
    const stop = keepWriting(writer, id);
    const seen: number[] = [];
    // In the order in which frames arrive: the ack’s messages, then what is delivered live.
    reader.socket.on('message:new', (event: Record<string, unknown>) =>
      seen.push(messageIn(event).seq),
    );
    const join = (afterSeq: number) =>
      new Promise<void>((resolve) => {
        reader.socket.emit(
          'conversation:join',
          { conversationId: id, afterSeq },
          (ack: Record<string, unknown>) => {
            seen.push(...seqsOf(messagesIn(ack, 'missed')));
            resolve();
          },
        );
      });
    for (const _ of range(1, 100)) {
      await join(seen.at(-1) ?? 0);
      await reader.expect('conversation:leave', { conversationId: id });
    }
    const last = await stop();
    await join(seen.at(-1) ?? 0);
    expect(seen).toEqual(range(1, last));
  });

  it('gets each message once and in order: ten readers with new sockets, all at once', async () => {
    const { id, users, clients } = await gather(app, ['writer', 'reader']);
    const stop = keepWriting(clients[0], id);
    const read = async () => {
      const seen: number[] = [];
      for (const _ of range(1, 5)) {
        const reader = await app.connect(users[1], { transports: ['websocket'] });
        const missed = messagesIn(await reader.join(id, seen.at(-1) ?? 0), 'missed');
        await reader.next('message:new');
        reader.close();
        seen.push(...seqsOf(missed), ...seqsOf(received(reader)));
      }
      return seen;
    };
    const readers = await Promise.all(range(1, 10).map(read));
    await stop();
    for (const seen of readers) expect(seen).toEqual(range(1, seen.at(-1) ?? 0));
  });

  it('misses nothing when it is the first to join, at the moment of a message', async () => {
    for (const _ of range(1, 20)) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const writer = await app.connect(alice, { transports: ['websocket'] });
      const readers = await Promise.all(
        range(1, 5).map(() => app.connect(bob, { transports: ['websocket'] })),
      );
      const sends = range(1, 20).map((n) => writer.send(id, `message ${n}`));
      const starts = await Promise.all(
        readers.map(async (reader) => {
          const { conversation } = await reader.join(id);
          return (conversation as { lastSeq: number }).lastSeq;
        }),
      );
      await Promise.all(sends);
      const { seq: last } = messageIn(await writer.send(id, 'the last'));
      for (const [index, reader] of readers.entries()) {
        await until(reader, last);
        expect(seqsOf(received(reader))).toEqual(range((starts[index] ?? 0) + 1, last));
      }
    }
  });
});
