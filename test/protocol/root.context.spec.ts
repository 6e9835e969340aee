import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure, outcomeOf, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
let id: number;
let sender: ChatClient;
let reader: ChatClient;

beforeAll(async () => {
  app = await startApp();
  const users = [someone('sender'), someone('reader')] as const;
  id = await app.conversation(users);
  [sender, reader] = [await app.root(users[0]), await app.root(users[1])];
});
afterAll(() => app.stop());

let count = 0;
/** Sends with that context besides the room; resolves with the ack. */
const sendWith = (context: Json) =>
  sender.request('message', { message: `m${++count}`, context: { roomId: id, ...context } });

/** The context that the reader gets of the message sent last. */
async function arrived(): Promise<Json> {
  const message = `m${count}`;
  return (await reader.next('message', (event) => event.message === message)).context as Json;
}

const invalid = (field: string) =>
  aFailure('VALIDATION_FAILED', { details: [{ field, rules: [expect.any(String)] }] });

describe('context.replyTo', () => {
  it.each([
    ['text', (messageId: string) => messageId],
    ['a number', (messageId: string) => Number(messageId)],
  ])('is a message’s id as %s, and comes back as it was given', async (_, form) => {
    const { message } = await sendWith({});
    const replyTo = form(String((message as Json).id));
    const ack = await sendWith({ replyTo });
    expect(outcomeOf(ack)).toBe('ok');
    expect(await arrived()).toStrictEqual({ roomId: id, replyTo });
  });

  it('of another conversation, or of none, is MESSAGE_NOT_FOUND', async () => {
    const elsewhere = (await sender.expect('message', { message: 'in the lobby' })).message as Json;
    for (const replyTo of [elsewhere.id, Number(elsewhere.id), '999999999', 2 ** 49]) {
      expect(await sendWith({ replyTo })).toStrictEqual(aFailure('MESSAGE_NOT_FOUND'));
    }
  });

  it.each([
    ['zero', 0],
    ['negative', -1],
    ['a fraction', 1.5],
    ['astronomic', 1e300],
    ['other text', 'message-id'],
    ['empty', ''],
    ['with leading zeros', '007'],
    ['too many digits', '9'.repeat(16)],
    ['a boolean', true],
    ['a list', [1]],
    ['an object', { id: 1 }],
  ])('that is %s is refused', async (_, replyTo) => {
    expect(await sendWith({ replyTo })).toStrictEqual(invalid('context.replyTo'));
  });
});

describe('the rest of the context', () => {
  it('is kept and returned as it is', async () => {
    const context = {
      mood: 'calm',
      list: [1, null, [2.5, -0.5, 1e300], {}],
      nested: { é: true, '': false, '🙂': 'שלום', 'a.b': 'c' },
      toString: 'an ordinary key',
    };
    await sendWith(context);
    expect(await arrived()).toStrictEqual({ roomId: id, ...context });
  });

  it('is the same when the database is asked for it', async () => {
    const context = { roomId: id, z: 1, a: { y: [1, 'x'], b: null }, n: 12345678901234 };
    const payload = { message: `m${++count}`, context, clientMessageId: 'again' };
    const first = await sender.expect('message', payload);
    expect(await sender.expect('message', payload)).toStrictEqual({ ...first, duplicate: true });
  });

  /** `depth` levels of objects and lists, the context itself being the first. */
  const nested = (depth: number): Json => ({
    deep: range(2, depth).reduce<unknown>((inner, n) => (n % 2 ? [inner] : { inner }), 'leaf'),
  });

  it('may nest 8 levels, itself the first', async () => {
    expect(outcomeOf(await sendWith(nested(8)))).toBe('ok');
    expect(await arrived()).toStrictEqual({ roomId: id, ...nested(8) });
  });

  it.each([9, 10, 15])('may not nest %i levels', async (depth) => {
    expect(await sendWith(nested(depth))).toStrictEqual(invalid('context'));
  });

  it.each([
    ['ASCII', 'x'],
    ['characters of two bytes', 'é'],
    ['characters of four bytes', '🙂'],
  ])('may be 4,096 bytes of JSON, and not one more: %s', async (_, character) => {
    const bytesOf = (context: Json) =>
      Buffer.byteLength(JSON.stringify({ roomId: id, ...context }));
    const room = 4_096 - bytesOf({ text: '' });
    const text = character.repeat(Math.floor(room / Buffer.byteLength(character)));
    const full = { text: text + 'x'.repeat(room - Buffer.byteLength(text)) };
    expect(bytesOf(full)).toBe(4_096);
    expect(outcomeOf(await sendWith(full))).toBe('ok');
    expect(await arrived()).toStrictEqual({ roomId: id, ...full });
    expect(await sendWith({ text: `${full.text}x` })).toStrictEqual(invalid('context'));
  });

  it.each([
    ['text', 'roomId'],
    ['a list', [1]],
    ['a number', 7],
    ['a boolean', true],
  ])('is refused where the context is %s', async (_, context) => {
    const ack = await sender.request('message', { message: 'hi', context });
    expect(ack).toStrictEqual(invalid('context'));
  });
});
