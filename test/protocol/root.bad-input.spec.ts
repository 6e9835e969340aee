import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import * as bad from '../support/bad-input.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import { aFailure } from '../support/chat-shapes.js';
import { countAcks } from '../support/packets.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
let id: number;
let attacker: ChatClient;
let bystander: ChatClient;
let socketId: string | undefined;
let acks: ReadonlyMap<number, number>;
let count = 0;

beforeAll(async () => {
  app = await startApp();
  const users = [someone('attacker'), someone('bystander')] as const;
  id = await app.conversation(users);
  [attacker, bystander] = [await app.root(users[0]), await app.root(users[1])];
  acks = countAcks(attacker);
  socketId = attacker.socket.id;
});
afterAll(() => app.stop());

/** Whatever came before: each event acked once, the connection stays, others talk on. */
afterEach(async () => {
  expect(attacker.socket.id).toBe(socketId);
  const message = `still here ${++count}`;
  await bystander.expect('message', { message, context: { roomId: id } });
  const isIt = (event: Json) => event.message === message;
  await Promise.all([attacker, bystander].map((client) => client.next('message', isIt)));
  expect([...acks.values()].every((times) => times === 1)).toBe(true);
  expect(bystander.received('error')).toEqual([]);
});

/** Emits it; expects one ack and one event, of one shape, without anything of the input. */
async function expectRefusal(event: string, args: readonly unknown[], code: string): Promise<void> {
  const ack = await new Promise<Ack>((resolve) => attacker.socket.emit(event, ...args, resolve));
  const details = code === 'VALIDATION_FAILED' ? { details: expect.any(Array) } : {};
  expect(ack).toStrictEqual(aFailure(code, details));
  expect(JSON.stringify(ack)).not.toContain(bad.MARKER);
  expect(await attacker.next('error')).toStrictEqual(ack.error);
}

/** `right` with the poison's own keys, `__proto__` included, which spreading would lose. */
function spoilt(right: Json, poison: unknown): Json {
  const payload = { ...right };
  for (const key of Object.keys(poison as object)) {
    const value = (poison as Json)[key];
    Object.defineProperty(payload, key, { value, enumerable: true });
  }
  return payload;
}

const without = (values: readonly bad.BadCase[], ...names: string[]) =>
  values.filter(([what]) => !names.some((name) => what.startsWith(name)));

const message = (fields: Json = {}) => ({ message: 'hello', context: { roomId: id }, ...fields });
const typing = (fields: Json = {}) => ({ isTyping: true, roomId: id, ...fields });
const inContext = (fields: Json) => message({ context: { roomId: id, ...fields } });

function itRefuses(
  what: string,
  values: readonly bad.BadCase[],
  request: (value: unknown) => readonly [string, ...unknown[]],
  code = 'VALIDATION_FAILED',
): void {
  it.each(values)(`${what} %s`, async (_, value) => {
    const [event, ...args] = request(value);
    await expectRefusal(event, args, code);
  });
}

describe('a payload', () => {
  itRefuses('of message that is', bad.PAYLOADS, (value) => ['message', value]);
  itRefuses('of typing that is', without(bad.PAYLOADS, 'a boolean'), (value) => ['typing', value]);
  itRefuses('of message', bad.POISON, (poison) => ['message', spoilt(message(), poison)]);
  itRefuses('of typing', bad.POISON, (poison) => ['typing', spoilt(typing(), poison)]);
  itRefuses('of message, in its context,', bad.POISON, (poison) => [
    'message',
    message({ context: spoilt({ roomId: id }, poison) }),
  ]);
  it('that is not there at all', async () => {
    for (const event of ['message', 'typing']) await expectRefusal(event, [], 'VALIDATION_FAILED');
  });
});

describe('a field', () => {
  itRefuses('message', [...bad.TEXTS, ...bad.BLANK], (value) => [
    'message',
    message({ message: value }),
  ]);
  itRefuses(
    'message',
    [
      ['of 4,001 characters', bad.MARKER.padEnd(4_001, 'x')],
      ['of 4,001 characters outside the basic plane', '🙂'.repeat(4_001)],
      ['as much as a frame holds', bad.MARKER.repeat(20_000)],
    ],
    (value) => ['message', message({ message: value })],
    'MESSAGE_TOO_LONG',
  );
  itRefuses(
    'clientMessageId',
    [
      ['empty', ''],
      ['of 65 characters', bad.MARKER.padEnd(65, 'x')],
      ['a number', 5],
      ['a list', [bad.MARKER]],
      ['with NUL', `${bad.MARKER}\0`],
    ],
    (value) => ['message', message({ clientMessageId: value })],
  );
  itRefuses(
    'isTyping',
    [
      ['missing', undefined],
      ['null', null],
      ['text', 'true'],
      ['a number', 1],
      ['an object', { [bad.MARKER]: true }],
    ],
    (value) => ['typing', typing({ isTyping: value })],
  );
});

describe('a conversation', () => {
  // Absent, a message goes to the lobby.
  const refs = without(bad.CONVERSATION_IDS, 'NaN', 'missing', 'null');
  itRefuses('of a message', refs, (roomId) => ['message', inContext({ roomId })]);
  itRefuses('of typing', refs, (roomId) => ['typing', typing({ roomId })]);
  const unknown = bad.UNKNOWN_CONVERSATIONS;
  const code = 'CONVERSATION_NOT_FOUND';
  itRefuses('of a message', unknown, (roomId) => ['message', inContext({ roomId })], code);
  itRefuses('of typing', unknown, (roomId) => ['typing', typing({ roomId })], code);
});

describe('a reply', () => {
  const ids = without(bad.MESSAGE_IDS, 'NaN', 'missing', 'null', 'text', 'over the safe');
  itRefuses('to a message', ids, (replyTo) => ['message', inContext({ replyTo })]);
});

describe('an event', () => {
  const names = [
    ...[bad.MARKER, 'MESSAGE', ' message', 'message:send', 'userTyping', 'error', '', 'ping', '*'],
    ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'],
    ...['x'.repeat(10_000), `${bad.MARKER}\0`, `<b>${bad.MARKER}</b>`],
  ];
  itRefuses(
    'nobody knows,',
    names.map((name) => [JSON.stringify(name).slice(0, 40), name]),
    (name) => [String(name), { message: bad.MARKER }],
  );

  it('with further arguments: the first is the payload', async () => {
    const [right, wrong] = [{ message: 'first', context: { roomId: id } }, bad.MARKER];
    await new Promise((resolve) => attacker.socket.emit('message', right, wrong, null, resolve));
    expect(await attacker.next('message', (e) => e.message === 'first')).toBeDefined();
    await expectRefusal('message', [wrong, right, right], 'VALIDATION_FAILED');
  });
});
