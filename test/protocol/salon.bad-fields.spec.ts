import { describe, expect, it } from 'vitest';
import {
  BLANK,
  CONVERSATION_IDS,
  MARKER,
  MESSAGE_IDS,
  OPTIONAL_INTEGERS,
  TEXTS,
  USER_IDS,
  type BadCase,
} from '../support/bad-input.js';
import { attackScene, INVALID } from '../support/salon-attacker.js';

type Json = Record<string, unknown>;

const scene = attackScene();

describe('a room that is none', () => {
  it.each(CONVERSATION_IDS)('%s', async (_, room) => {
    for (const type of ['join_room', 'room_history', 'room_message']) {
      expect(await scene.refusedFrame(type, { room, content: 'x' })).toStrictEqual(INVALID);
    }
  });
});

describe('a user who is none', () => {
  const users: readonly BadCase[] = [['missing', undefined], ...USER_IDS];
  it.each(users)('%s', async (_, user) => {
    expect(await scene.refusedFrame('dm_history', { with_user: user })).toStrictEqual(INVALID);
    const message = { to_user_id: user, content: 'x' };
    expect(await scene.refusedFrame('direct_message', message)).toStrictEqual(INVALID);
  });
});

describe('a message with', () => {
  const field = (name: string, cases: readonly BadCase[]) =>
    cases.map(([what, value]): [string, Json] => [`${name}: ${what}`, { [name]: value }]);
  /** What is left out, or null in JSON, breaks no rule of an optional field. */
  const isGiven = ([, value]: BadCase) => JSON.stringify(value ?? null) !== 'null';

  const fields: [string, Json][] = [
    ...field('content', [...TEXTS, ...BLANK]),
    ...field('reply_to', MESSAGE_IDS.filter(isGiven)),
    ...field('message_type', [
      ['system', 'system'],
      ['unknown', MARKER],
      ['a number', 1],
      ['a list', ['text']],
      ['__proto__', '__proto__'],
    ]),
    ...field('media_url', [
      ['a script', `javascript:${MARKER}`],
      ['a path elsewhere', `/etc/${MARKER}`],
      ['a path upwards', `/uploads/../${MARKER}`],
      ['no URL', MARKER],
      ['too long', `https://example.com/${MARKER.repeat(300)}`],
      ['a number', 5],
      ['empty', ''],
    ]),
    ...field('media_type', [
      ['too long', MARKER.repeat(20)],
      ['a number', 5],
    ]),
    ...field('duration', [
      ['negative', -1],
      ['a year', 365 * 86_400],
      ['text', '15'],
    ]),
    ...field('client_message_id', [
      ['empty', ''],
      ['too long', 'x'.repeat(65)],
      ['a number', 5],
    ]),
  ];

  it.each(fields)('%s', async (_, bad) => {
    const message = { room: scene.room, content: 'x', ...bad };
    expect(await scene.refusedFrame('room_message', message)).toStrictEqual(INVALID);
  });
});

describe('a reaction', () => {
  it.each([
    ['to nothing', {}],
    ['to a message nobody has', { reply_to: 123_456_789 }],
    ['of no emoji', { content: ' ', reply_to: 1 }],
    ['of a whole story', { content: MARKER.repeat(10), reply_to: 1 }],
  ])('%s', async (_, bad) => {
    const reaction = { room: scene.room, content: '👍', message_type: 'reaction', ...bad };
    expect(await scene.refusedFrame('room_message', reaction)).toStrictEqual(INVALID);
  });
});

describe('a history with', () => {
  const isClamped = (value: unknown) => typeof value === 'number' && value > 100;
  const limits = OPTIONAL_INTEGERS.filter(([, value]) => !isClamped(value));

  it.each([...limits, ['zero', 0] as const])('limit: %s', async (_, limit) => {
    const range = { room: scene.room, limit };
    expect(await scene.refusedFrame('room_history', range)).toStrictEqual(INVALID);
  });

  it.each(OPTIONAL_INTEGERS)('offset: %s', async (_, offset) => {
    const range = { room: scene.room, offset };
    expect(await scene.refusedFrame('room_history', range)).toStrictEqual(INVALID);
  });
});
