import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventQuota } from '../../src/transport/event-quota.js';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { range } from '../support/chat-shapes.js';
import { FrameClient } from '../support/frame-client.js';
import { someone } from '../support/tokens.js';

const LIMIT = 6;
/** How often a client may go on regardless. */
const PATIENCE = 5;
const FLOOD = { code: 1008, reason: 'too many frames' };
const WAIT = expect.toSatisfy((seconds: number) => seconds >= 1 && seconds <= 10);

let app: TestApp;
let room: number;
const alice = someone('alice');
beforeAll(async () => {
  app = await startApp({ RATE_LIMIT_EVENTS: `${LIMIT}/1m` });
  room = await app.conversation([alice]);
});
afterAll(() => app.stop());

/** A protocol, and how its clients ask for something and hear that they ask too much. */
interface Talk<C> {
  readonly name: string;
  connect(): Promise<C>;
  ask(client: C, event?: string): void;
  /** How many of them were answered with RATE_LIMITED so far. */
  refusals(client: C): readonly unknown[];
  readonly refusal: unknown;
  readonly known: string;
  send(client: C, text: string): Promise<unknown>;
}

const socketIo = (
  namespace: '/' | '/chat',
  known: string,
  send: (client: ChatClient, text: string) => Promise<unknown>,
): Talk<ChatClient> => ({
  name: namespace,
  known,
  send,
  connect: () => app.connect(alice, { namespace }),
  ask: ({ socket }, event = known) => void socket.emit(event, true),
  refusals: (client) => {
    const failures = client.received(namespace === '/' ? 'error' : 'exception');
    return failures.map((failure) => failure.error ?? failure).filter(isLimit);
  },
  refusal: expect.objectContaining({ code: 'RATE_LIMITED', retryAfter: WAIT }),
});

const isLimit = (failure: unknown): boolean =>
  ['RATE_LIMITED', 1003].includes((failure as { code: string | number }).code);

/** Of a salon's client some requests are spent before it is handed out. */
const raw = (
  name: string,
  path: string,
  refusal: unknown,
  send: (client: FrameClient, text: string) => Promise<unknown>,
): Talk<FrameClient> => ({
  name,
  known: 'ping',
  send,
  connect: async () => {
    const { tokenFor } = await import('../support/tokens.js');
    const client = app.dialRaw(`${path}?token=${await tokenFor(alice)}`);
    await client.opened();
    return client;
  },
  ask: (client, event = 'ping') => client.send(event, {}),
  refusals: (client) => client.received('error').filter(isLimit),
  refusal,
});

const TALKS = [
  socketIo('/chat', 'conversation:list', (client, text) => client.send(room, text)),
  socketIo('/', 'typing', (client, message) =>
    client.expect('message', { message, context: { roomId: room } }),
  ),
  raw(
    'veza',
    '/ws',
    expect.objectContaining({ code: 1003, error_type: 'rate_limit_error', retry_after: WAIT }),
    (client, content) => client.request('message', { room_id: room, content }, 'message_received'),
  ),
  raw(
    'salon',
    '/ws/chat',
    expect.objectContaining({
      code: 'RATE_LIMITED',
      details: expect.objectContaining({ retry_after: WAIT }),
    }),
    (client, content) => client.request('room_message', { room, content }, 'room_message'),
  ),
  raw(
    'live',
    '/chat/ws/room/events',
    expect.objectContaining({ message: 'Rate limit exceeded', retry_after: WAIT }),
    (client, message) => client.request('chat_message', { message }, 'chat_message'),
  ),
] as Talk<ChatClient | FrameClient>[];

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited for ${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const gone = async (client: ChatClient | FrameClient): Promise<unknown> =>
  client instanceof FrameClient ? client.closed() : client.disconnected();

describe.each(TALKS.map((talk) => [talk.name, talk] as const))(
  `${LIMIT} events of one connection over %s`,
  (_, talk) => {
    it('are heard, and one more is RATE_LIMITED in the words of the protocol', async () => {
      const client = await talk.connect();
      for (const _event of range(1, LIMIT)) talk.ask(client);
      talk.ask(client);
      talk.ask(client);
      await until('two refusals', () => talk.refusals(client).length === 2);
      expect(talk.refusals(client)).toEqual([talk.refusal, talk.refusal]);
      // It is a connection's own, and no reason to close it.
      await talk.send(client, 'sends count by themselves');
      const other = await talk.connect();
      talk.ask(other);
      await talk.send(other, 'hello');
      expect(talk.refusals(other)).toEqual([]);
      for (const each of [client, other]) each.close();
    });

    it('are those nobody knows, too', async () => {
      const client = await talk.connect();
      for (const _event of range(1, LIMIT)) talk.ask(client, 'no_such_event');
      talk.ask(client);
      await until('a refusal', () => talk.refusals(client).length === 1);
      client.close();
    });

    it('are no limit to sends, as long as they succeed', async () => {
      const client = await talk.connect();
      for (const n of range(1, 3 * LIMIT)) await talk.send(client, `message ${n}`);
      for (const _event of range(1, LIMIT)) talk.ask(client);
      talk.ask(client);
      await until('a refusal', () => talk.refusals(client).length > 0);
      expect(talk.refusals(client)).toHaveLength(1);
      client.close();
    });

    it(`end the connection of who goes on for ${PATIENCE} times as many`, async () => {
      const client = await talk.connect();
      for (const _event of range(1, LIMIT * (1 + PATIENCE) - 1)) talk.ask(client);
      const count = LIMIT * PATIENCE - 1;
      await until('refusals', () => talk.refusals(client).length === count);
      const end = gone(client);
      talk.ask(client);
      if (client instanceof FrameClient) expect(await end).toEqual(FLOOD);
      // A socket.io client does not come back by itself after that.
      else expect(await end).toBe('io server disconnect');
      // The user has done nothing but that.
      const next = await talk.connect();
      await talk.send(next, 'back again');
      next.close();
    });
  },
);

describe('what counts as an event', () => {
  it('is a send that is refused, and who sends so for ever is hung up on', async () => {
    const chat = await app.connect(alice);
    for (const _ of range(1, LIMIT)) await chat.request('message:send', { conversationId: room });
    expect(await chat.request('conversation:list')).toMatchObject({
      error: { code: 'RATE_LIMITED' },
    });
    await chat.send(room, 'fits');
    const end = gone(chat);
    for (const _ of range(1, LIMIT * PATIENCE)) chat.socket.emit('message:send', {});
    expect(await end).toBe('io server disconnect');
  });

  it.each(['{', 'null', '{"type":7}', '[]'])('is a frame that is none: %s', async (text) => {
    for (const talk of TALKS.slice(2)) {
      const client = (await talk.connect()) as FrameClient;
      for (const _ of range(1, LIMIT)) client.raw(text);
      client.raw(text);
      talk.ask(client);
      await until('refusals', () => talk.refusals(client).length === 2);
      expect(client.received('error')).toHaveLength(LIMIT + 2);
      client.close();
    }
  });

  it('is each item of a batch', async () => {
    const client = (await TALKS[3]?.connect()) as FrameClient;
    const items = range(1, LIMIT + 2).map(() => ({ type: 'ping', data: {} }));
    client.send('message_batch', { messages: items });
    await client.next('error');
    await client.next('error');
    expect(client.received('pong')).toHaveLength(LIMIT);
    expect(client.received('error')).toMatchObject([
      { code: 'RATE_LIMITED', details: { index: LIMIT } },
      { code: 'RATE_LIMITED', details: { index: LIMIT + 1 } },
    ]);
    client.close();
  });

  it('is answered, too, where an ack is asked for', async () => {
    const client = await app.connect(alice);
    for (const _ of range(1, LIMIT)) await client.expect('conversation:list');
    for (const event of ['conversation:list', 'conversation:join', 'nonsense']) {
      expect(await client.request(event)).toEqual({
        success: false,
        message: expect.any(String),
        error: { code: 'RATE_LIMITED', message: expect.any(String), retryAfter: WAIT },
      });
    }
    client.close();
  });
});

describe('the limit as it comes', () => {
  it('lets a client that is back join two hundred conversations at once', async () => {
    const { RATE_LIMIT_EVENTS } = (await import('../../src/config/environment.js')).VARIABLES;
    const usual = await startApp({ RATE_LIMIT_EVENTS: RATE_LIMIT_EVENTS.default });
    const ids = [];
    for (const _ of range(1, 200)) ids.push(await usual.conversation([alice]));
    for (const _round of range(1, 2)) {
      const client = await usual.connect(alice);
      const acks = await Promise.all(
        ids.map((conversationId) => client.request('conversation:join', { conversationId })),
      );
      expect(acks.filter(({ success }) => !success)).toEqual([]);
      client.close();
    }
    await usual.stop();
  }, 60_000);
});

describe('a quota', () => {
  it('fills again evenly, up to what it was', async () => {
    const quota = new EventQuota([{ count: 20, seconds: 1 }]);
    for (const _ of range(1, 20)) expect(quota.take()).toBeNull();
    expect(quota.take()).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
    await new Promise((resolve) => setTimeout(resolve, 220));
    for (const _ of range(1, 4)) expect(quota.take()).toBeNull();
    expect(range(1, 30).some(() => quota.take() !== null)).toBe(true);
  });

  it('holds each of its rates, and says how long to wait', () => {
    const quota = new EventQuota([
      { count: 100, seconds: 1 },
      { count: 3, seconds: 3_600 },
    ]);
    for (const _ of range(1, 3)) expect(quota.take()).toBeNull();
    const { retryAfter = 0 } = quota.take() ?? {};
    expect(retryAfter).toBeGreaterThan(1_100);
    expect(retryAfter).toBeLessThanOrEqual(1_200);
  });

  it('is ignored by who is refused five times as often as it lets through', () => {
    const quota = new EventQuota([{ count: 2, seconds: 3_600 }]);
    for (const _ of range(1, 2 + 9)) quota.take();
    expect(quota.isIgnored).toBe(false);
    quota.take();
    expect(quota.isIgnored).toBe(true);
  });

  it('without a rate is none', () => {
    const quota = new EventQuota([]);
    for (const _ of range(1, 10_000)) expect(quota.take()).toBeNull();
    expect(quota.isIgnored).toBe(false);
  });
});
