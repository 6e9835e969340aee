import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import * as bad from '../support/bad-input.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure, messageIn, range } from '../support/chat-shapes.js';
import { gather } from '../support/gathering.js';
import { countAcks } from '../support/packets.js';

let app: TestApp;
let id: number;
let messageId: number;
let attacker: ChatClient;
let bystander: ChatClient;
let socketId: string | undefined;
let acks: ReadonlyMap<number, number>;

beforeAll(async () => {
  app = await startApp();
  const gathering = await gather(app, ['attacker', 'bystander']);
  id = gathering.id;
  [attacker, bystander] = gathering.clients;
  messageId = messageIn(await attacker.send(id, 'hello')).id;
  acks = countAcks(attacker);
  socketId = attacker.socket.id;
});
afterAll(() => app.stop());

/** Whatever came before: the connection stays, and others still send and receive. */
afterEach(async () => {
  expect(attacker.socket.id).toBe(socketId);
  const { seq } = messageIn(await bystander.send(id, 'still here'));
  const isIt = (event: Record<string, unknown>) => messageIn(event).seq === seq;
  await Promise.all([attacker, bystander].map((client) => client.next('message:new', isIt)));
});

/** Emits it, and expects the one error shape, once, without anything of the input. */
async function expectRefusal(event: string, payload: unknown, code: string): Promise<void> {
  const before = acks.size;
  const ack = await attacker.request(event, payload);
  const details = code === 'VALIDATION_FAILED' ? { details: expect.any(Array) } : {};
  expect(ack).toStrictEqual(aFailure(code, details));
  expect(JSON.stringify(ack)).not.toContain(bad.MARKER);
  await attacker.settled();
  expect([...acks.values()].slice(before)).toEqual([1, 1]);
}

/** Payloads that are right, to be spoilt in one place. */
const right = (): Record<string, Record<string, unknown>> => ({
  'conversation:join': { conversationId: id },
  'conversation:leave': { conversationId: 2 ** 31 - 1 },
  'conversation:users:online': { conversationId: id },
  'conversation:list': {},
  'conversation:history': { conversationId: id },
  'message:send': { conversationId: id, content: 'hello' },
  'message:edit': { messageId, content: 'hello' },
  'message:delete': { messageId: 2 ** 50 },
  'message:react': { messageId, emoji: '👍' },
  'message:unreact': { messageId, emoji: '👍' },
  'message:read': { messageId },
  'message:report': { messageId, reason: 'spam' },
  'message:typing': { conversationId: id, isTyping: false },
});

const EVENTS = [
  ...['conversation:join', 'conversation:leave', 'conversation:users:online'],
  ...['conversation:list', 'conversation:history', 'message:send', 'message:edit'],
  ...['message:delete', 'message:react', 'message:unreact', 'message:read', 'message:report'],
  'message:typing',
];
const BY_CONVERSATION = [
  ...['conversation:join', 'conversation:leave', 'conversation:users:online'],
  ...['conversation:history', 'message:send', 'message:typing'],
];
const BY_MESSAGE = [
  ...['message:edit', 'message:delete', 'message:react', 'message:unreact', 'message:read'],
  'message:report',
];

describe.each(EVENTS)('%s with a payload', (event) => {
  it.each(bad.POISON)('%s', async (_, poison) => {
    const payload = { ...right()[event] };
    // Not spread: that would lose an own `__proto__`.
    for (const key of Object.keys(poison as object)) {
      const value = (poison as Record<string, unknown>)[key];
      Object.defineProperty(payload, key, { value, enumerable: true });
    }
    await expectRefusal(event, payload, 'VALIDATION_FAILED');
  });

  it.each(
    bad.PAYLOADS.filter(
      ([what]) => event !== 'conversation:list' || / list|text|number|boolean|source/.test(what),
    ),
  )('that is %s', async (_, payload) => expectRefusal(event, payload, 'VALIDATION_FAILED'));
});

/** `it` for each bad value of one field of an event. */
function itRefuses(
  event: string,
  field: string,
  values: readonly bad.BadCase[],
  code = 'VALIDATION_FAILED',
): void {
  it.each(values)(`${event}: ${field} %s`, async (_, value) => {
    await expectRefusal(event, { ...right()[event], [field]: value }, code);
  });
}

describe('ids', () => {
  for (const event of BY_CONVERSATION) {
    itRefuses(event, 'conversationId', bad.CONVERSATION_IDS);
    itRefuses(event, 'conversationId', bad.UNKNOWN_CONVERSATIONS, 'CONVERSATION_NOT_FOUND');
  }
  for (const event of BY_MESSAGE) {
    itRefuses(event, 'messageId', bad.MESSAGE_IDS);
    itRefuses(event, 'messageId', [['missing', 2 ** 53 - 1]], 'MESSAGE_NOT_FOUND');
  }
  itRefuses('message:send', 'replyTo', [...bad.OPTIONAL_INTEGERS, ['zero', 0]]);
  itRefuses('message:send', 'replyTo', [['missing', 2 ** 53 - 1]], 'MESSAGE_NOT_FOUND');
  itRefuses('message:send', 'mentions', [
    ['no list', bad.MARKER],
    ['of null', [null]],
    ['of an object', [{ [bad.MARKER]: 1 }]],
    ['of an empty id', ['']],
    ['of a fraction', [1.5]],
    ['of too long an id', [bad.MARKER.repeat(20)]],
    ['more than 50', range(1, 51)],
  ]);
  itRefuses('message:send', 'clientMessageId', [
    ['empty', ''],
    ['65 characters', bad.MARKER.padEnd(65, 'x')],
    ['a number', 5],
    ['a list', [bad.MARKER]],
    ['with NUL', `${bad.MARKER}\0`],
  ]);
});

describe('text', () => {
  for (const event of ['message:send', 'message:edit']) {
    itRefuses(event, 'content', [...bad.TEXTS, ...bad.BLANK]);
    itRefuses(
      event,
      'content',
      [
        ['4,001 characters', bad.MARKER.padEnd(4_001, 'x')],
        ['4,001 characters outside the basic plane', '🙂'.repeat(4_001)],
        ['as much as a frame holds', bad.MARKER.repeat(20_000)],
      ],
      'MESSAGE_TOO_LONG',
    );
  }
  for (const event of ['message:react', 'message:unreact']) {
    itRefuses(event, 'emoji', [
      ...bad.TEXTS,
      ...bad.BLANK,
      ['33 characters', bad.MARKER.padEnd(33, 'x')],
    ]);
  }
  itRefuses('message:report', 'reason', [
    ...bad.TEXTS,
    ...bad.BLANK,
    ['101 characters', bad.MARKER.padEnd(101, 'x')],
    ['as much as a frame holds', bad.MARKER.repeat(20_000)],
  ]);
  itRefuses('message:report', 'details', [
    ...bad.TEXTS.filter(([what]) => !['missing', 'null'].includes(what)),
    ['2,001 characters', bad.MARKER.padEnd(2_001, 'x')],
    ['as much as a frame holds', bad.MARKER.repeat(20_000)],
  ]);
  itRefuses('message:send', 'type', [
    ['unknown', bad.MARKER],
    ['of the service alone', 'system'],
    ['a number', 1],
    ['a list', ['text']],
    ['a prototype’s key', 'constructor'],
  ]);
  itRefuses('message:send', 'attachments', bad.ATTACHMENTS);
  itRefuses('message:typing', 'isTyping', [
    ['missing', undefined],
    ['null', null],
    ['text', 'true'],
    ['a number', 1],
    ['an object', { [bad.MARKER]: true }],
  ]);
});

describe('bounds and cursors', () => {
  itRefuses('conversation:join', 'afterSeq', bad.OPTIONAL_INTEGERS);
  itRefuses('conversation:history', 'before', bad.OPTIONAL_INTEGERS);
  itRefuses('conversation:history', 'after', bad.OPTIONAL_INTEGERS);
  for (const event of ['conversation:history', 'conversation:list']) {
    itRefuses(event, 'limit', [...bad.OPTIONAL_INTEGERS, ['zero', 0], ['over 100', 101]]);
  }
  itRefuses('conversation:list', 'cursor', bad.CURSORS);
});
