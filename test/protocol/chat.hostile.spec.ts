import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { MARKER } from '../support/bad-input.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import { aFailure, messageIn, outcomeOf, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { countAcks, requestRaw } from '../support/packets.js';

const INVALID = aFailure('VALIDATION_FAILED', { details: expect.any(Array) });

let app: TestApp;
let id: number;
let attacker: ChatClient;
let bystander: ChatClient;
let socketId: string | undefined;
let acks: ReadonlyMap<number, number>;

beforeAll(async () => {
  app = await startApp();
  const gathering = await gather(app, ['attacker', 'bystander']);
  id = gathering.id;
  [attacker, bystander] = gathering.clients;
  acks = countAcks(attacker);
  socketId = attacker.socket.id;
});
afterAll(() => app.stop());

/** Whatever came before: each event acked once, the connection stays, others talk on. */
afterEach(async () => {
  expect(attacker.socket.id).toBe(socketId);
  const { seq } = messageIn(await bystander.send(id, 'still here'));
  const isIt = (event: Record<string, unknown>) => messageIn(event).seq === seq;
  await Promise.all([attacker, bystander].map((client) => client.next('message:new', isIt)));
  expect([...acks.values()].every((count) => count === 1)).toBe(true);
});

/** Emits these arguments as they are and resolves with the ack. */
const requestWith = (event: string, ...args: unknown[]): Promise<Ack> =>
  new Promise((resolve) => attacker.socket.emit(event, ...args, resolve));

describe('an event nobody knows', () => {
  const names = [
    ...[MARKER, 'message:new', 'message:sent', 'MESSAGE:SEND', ' message:send', 'error', ''],
    ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'],
    ...['x'.repeat(10_000), `${MARKER}\0`, `<b>${MARKER}</b>`, 'ping', 'join', '*', '$on'],
  ];

  it.each(names.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    '%s is answered all the same',
    async (_, name) => {
      const ack = await requestWith(name, { conversationId: id, content: MARKER });
      expect(ack).toStrictEqual(INVALID);
      expect(JSON.stringify(ack)).not.toContain(MARKER);
    },
  );

  it('with a number for its name too', async () => {
    expect(await requestRaw(attacker, `[42,{"content":"${MARKER}"}]`)).toStrictEqual(INVALID);
  });

  it('without an ack is answered by an exception', async () => {
    attacker.socket.emit('no:such:event', { content: MARKER });
    const event = await attacker.next('exception');
    expect(event).toStrictEqual({ ...INVALID, event: 'no:such:event' });
  });

  it('with a name that is none comes back as unknown', async () => {
    attacker.socket.emit(`<img src=x onerror=${MARKER}>`);
    const event = await attacker.next('exception');
    expect(event).toStrictEqual({ ...INVALID, event: 'unknown' });
  });
});

describe('arguments', () => {
  it('no payload at all is a payload without fields', async () => {
    const events = ['conversation:join', 'message:send', 'message:read', 'message:typing'];
    for (const event of [...events, 'message:report']) {
      expect(await requestWith(event)).toStrictEqual(INVALID);
    }
    expect(outcomeOf(await requestWith('conversation:list'))).toBe('ok');
  });

  it('several: the first is the payload, the others are not looked at', async () => {
    const payload = { conversationId: id };
    expect(outcomeOf(await requestWith('conversation:join', payload, MARKER, null))).toBe('ok');
    const ack = await requestWith('conversation:join', MARKER, payload, payload);
    expect(ack).toStrictEqual(INVALID);
    expect(JSON.stringify(ack)).not.toContain(MARKER);
  });

  it('binary ones are refused', async () => {
    for (const payload of [Buffer.from(MARKER), new Uint8Array(70_000).buffer]) {
      expect(await requestWith('message:send', payload)).toStrictEqual(INVALID);
    }
    const inside = { conversationId: id, content: Buffer.from(MARKER) };
    expect(await requestWith('message:send', inside)).toStrictEqual(INVALID);
  });

  it('fields nobody knows are ignored', async () => {
    const payload = { conversationId: id, content: 'hi', senderId: 1, seq: 99, isAdmin: true };
    const message = messageIn(await requestWith('message:send', payload));
    expect(message).toMatchObject({ content: 'hi', senderName: 'attacker' });
    expect(message).not.toHaveProperty('isAdmin');
  });
});

describe('JSON that no client of ours would write', () => {
  const events = ['conversation:list', 'conversation:join', 'message:send', 'message:react'];
  const deep = (open: string, close: string) => open.repeat(8_000) + close.repeat(8_000);

  it.each([
    ['lists 8,000 deep', `{"conversationId":1,"x":${deep('[', ']')}}`],
    ['objects 8,000 deep', `{"x":${'{"x":'.repeat(8_000)}1${'}'.repeat(8_000)}}`],
    ['nothing but brackets', deep('[', ']')],
    ['an own __proto__', `{"conversationId":1,"__proto__":{"${MARKER}":1}}`],
    ['a constructor’s prototype', `{"constructor":{"prototype":{"isAdmin":true}}}`],
    ['an escaped lone surrogate', `{"content":"${MARKER}\\ud800"}`],
    ['an escaped NUL', `{"content":"${MARKER}\\u0000"}`],
  ])('%s', async (_, json) => {
    for (const event of events) {
      const ack = await requestRaw(attacker, JSON.stringify([event]).replace(']', `,${json}]`));
      expect(ack).toStrictEqual(INVALID);
      expect(JSON.stringify(ack)).not.toContain(MARKER);
    }
    expect(({} as Record<string, unknown>)[MARKER]).toBeUndefined();
  });

  it.each(['1e999', '-1e999', '-0', '1e400', '0.1e1000', '9007199254740993', '1.0000000001'])(
    'the number %s is no id',
    async (number) => {
      const frames = [
        `["conversation:join",{"conversationId":${number}}]`,
        `["message:read",{"messageId":${number}}]`,
      ];
      for (const frame of frames) expect(await requestRaw(attacker, frame)).toStrictEqual(INVALID);
    },
  );
});

describe('a thousand events at once', () => {
  async function flood(event: string, payload: unknown): Promise<Ack[]> {
    return Promise.all(range(1, 1_000).map(() => attacker.request(event, payload)));
  }

  it.each([
    ['message:send', () => ({ conversationId: id, content: 'flood' })],
    ['conversation:join', () => ({ conversationId: id })],
    ['conversation:list', () => ({})],
  ])('of %s: each is answered, those beyond what may wait with RATE_LIMITED', async (event, of) => {
    const answers = await flood(event, of());
    const outcomes = new Set(answers.map(outcomeOf));
    expect([...outcomes].sort()).toEqual(['RATE_LIMITED', 'ok']);
    const refusal = answers.find((ack) => !ack.success);
    expect(refusal).toStrictEqual(aFailure('RATE_LIMITED', { retryAfter: 1 }));
  });

  it('of message:typing, which asks no database: each is answered', async () => {
    const answers = await flood('message:typing', { conversationId: id, isTyping: true });
    expect(['ok', 'RATE_LIMITED']).toEqual(expect.arrayContaining(answers.map(outcomeOf)));
  });

  it('that nobody knows: each is answered', async () => {
    const answers = await flood('no:such:event', { content: MARKER });
    expect(answers).toHaveLength(1_000);
    for (const ack of answers) expect(ack).toStrictEqual(INVALID);
  });

  it('without acks: each is answered by an exception', async () => {
    for (const n of range(1, 1_000)) {
      attacker.socket.emit('message:send', { conversationId: id, content: ['x', n] });
    }
    const isOfThese = (event: Record<string, unknown>) => event.event === 'message:send';
    for (const _ of range(1, 1_000)) await attacker.next('exception', isOfThese);
  });
});
