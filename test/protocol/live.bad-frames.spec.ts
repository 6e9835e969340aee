import { describe, expect, it } from 'vitest';
import {
  BLANK,
  MARKER,
  PAYLOADS,
  POISON,
  TEXTS,
  USER_IDS,
  type BadCase,
} from '../support/bad-input.js';
import { range } from '../support/chat-shapes.js';
import { attackScene } from '../support/live-attacker.js';
import { EMPTY, invalid, newSlug } from '../support/live-shapes.js';

type Json = Record<string, unknown>;

const scene = attackScene();

/** A visitor in a room of its own. */
const alone = () => scene.app.live(null, `room/${newSlug()}`);

/** Fewer than one is hung up on for, within ten seconds. */
describe('what is no frame is refused, and the connection stays', () => {
  const frames: [string, string, string][] = [
    ['nothing', 'frame', ''],
    ['no JSON', 'frame', `{"type":"${MARKER}`],
    ['a function', 'frame', `() => ${MARKER}`],
    ['text', 'frame', `"${MARKER}"`],
    ['null', 'frame', 'null'],
    ['a list', 'frame', `[{"type":"ping","data":{}}]`],
    ['no type', 'type', `{"data":{"message":"${MARKER}"}}`],
    ['a number for a type', 'type', '{"type":5,"data":{}}'],
    ['a list for a type', 'type', '{"type":["ping"],"data":{}}'],
    ['a type that is no name', 'type', `{"type":"<b>${MARKER}</b>","data":{}}`],
    ['a type in capitals', 'type', '{"type":"PING","data":{}}'],
    ['an empty type', 'type', '{"type":"","data":{}}'],
    ['an endless type', 'type', `{"type":"${'x'.repeat(1_000)}","data":{}}`],
    ['an own __proto__', 'frame', `{"type":"ping","__proto__":{"${MARKER}":1}}`],
    ['a constructor', 'frame', `{"type":"ping","data":{"constructor":{"prototype":{}}}}`],
    [
      'lists 7,000 deep',
      'frame',
      `{"type":"ping","data":${'['.repeat(7_000)}${']'.repeat(7_000)}}`,
    ],
    ['NUL', 'frame', `{"type":"ping","data":{"x":"${MARKER}\\u0000"}}`],
    ['a lone surrogate', 'frame', `{"type":"ping","data":{"x":"${MARKER}\\ud800"}}`],
  ];

  it.each(frames)('%s', async (_, field, text) => {
    expect(await scene.refused(text)).toStrictEqual(invalid(field));
    expect(({} as Json)[MARKER]).toBeUndefined();
  });

  it('poison beside fields that are right', async () => {
    for (const [, value] of POISON.filter(([what]) => !what.includes('binary'))) {
      const data = `{"message":"x","extra":${JSON.stringify(value)}}`;
      const frame = `{"type":"chat_message","data":${data}}`;
      expect(await scene.refused(frame)).toStrictEqual(invalid('frame'));
    }
  });
});

describe('a type that nobody knows', () => {
  it.each([
    'room_joined',
    'user_joined',
    'pong',
    'error',
    'join_room',
    'constructor',
    'chat_messages',
  ])('%s', async (type) => {
    expect(await scene.refusedFrame(type, {})).toStrictEqual(invalid('type'));
  });
});

describe.each(['chat_message', 'moderation_action'])('%s', (type) => {
  const isObject = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const fields =
    type === 'chat_message' ? ['message'] : ['action', 'target_user_id', 'duration_minutes'];

  it.each(PAYLOADS)('with %s for data', async (_, data) => {
    const isAbsent = data === undefined || data === null;
    const expected = isAbsent || isObject(data) ? invalid(...fields) : invalid('payload');
    expect(await scene.refusedFrame(type, data)).toStrictEqual(expected);
  });
});

describe('a frame that needs no data', () => {
  it.each(['ping', 'typing_start', 'typing_stop'])(
    '%s takes any object, and none',
    async (type) => {
      const { attacker } = scene;
      for (const data of ['', ',"data":null', ',"data":{}', ',"data":{"anything":[1,2,3]}']) {
        attacker.raw(`{"type":"${type}"${data}}`);
        if (type === 'ping') await attacker.next('pong');
      }
      await attacker.settled();
      for (const data of [[1], 'text', 5, true]) {
        expect(await scene.refusedFrame(type, data)).toStrictEqual(invalid('payload'));
      }
    },
  );
});

describe('a message with', () => {
  const isWhole = ([what]: BadCase) => !what.startsWith('with');

  it.each(TEXTS.filter(isWhole))('message: %s', async (_, message) => {
    expect(await scene.refusedFrame('chat_message', { message })).toStrictEqual(invalid('message'));
  });

  it.each(BLANK)('message: %s', async (_, message) => {
    expect(await scene.refusedFrame('chat_message', { message })).toStrictEqual(EMPTY);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(65)],
    ['a number', 5],
    ['a list', [MARKER]],
  ])('client_message_id: %s', async (_, client_message_id) => {
    const data = { message: 'x', client_message_id };
    const expected = invalid('client_message_id');
    expect(await scene.refusedFrame('chat_message', data)).toStrictEqual(expected);
  });
});

describe('a moderation_action with', () => {
  const sound = { action: 'mute', target_user_id: 1, duration_minutes: 60 };
  const cases = (field: string, values: readonly BadCase[]) =>
    values.map(([what, value]): [string, string, unknown] => [field, what, value]);

  it.each([
    ...cases('action', [
      ['missing', undefined],
      ['unknown', MARKER],
      ['another spelling', 'BAN'],
      ['what is not there yet', 'unban'],
      ['a list', ['ban']],
      ['__proto__', '__proto__'],
    ]),
    ...cases('target_user_id', [['missing', undefined], ['null', null], ...USER_IDS]),
    ...cases('duration_minutes', [
      ['missing', undefined],
      ['null', null],
      ['negative', -1],
      ['a fraction', 0.5],
      ['text', '60'],
      ['more than ten years', 10 * 366 * 24 * 60],
      ['over the safe integers', 2 ** 53],
      ['a list', [60]],
    ]),
  ])('%s: %s', async (field, _, value) => {
    const data = { ...sound, [field]: value };
    expect(await scene.refusedFrame('moderation_action', data)).toStrictEqual(invalid(field));
  });
});

describe('too much', () => {
  it('at once: each frame is answered, those beyond what may wait with RATE_LIMITED', async () => {
    const client = await alone();
    for (const _ of range(1, 1_000)) client.send('chat_message', { message: '' });
    for (const _ of range(1, 1_000)) await client.next('error');
    const codes = new Set(client.received('error').map(({ code }) => code));
    expect([...codes].sort()).toEqual(['RATE_LIMITED', 'VALIDATION_FAILED']);
  });

  it('in one frame closes with 1009', async () => {
    const client = await alone();
    client.raw(JSON.stringify({ type: 'ping' }).padEnd(16 * 1024));
    await client.next('pong');
    client.raw(JSON.stringify({ type: 'ping' }).padEnd(16 * 1024 + 1));
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });

  it('that is no frame closes with 1008', async () => {
    const client = await alone();
    for (const _ of range(1, 50)) client.raw('babble');
    expect(await client.closed()).toMatchObject({ code: 1008 });
    expect(client.received('error')).toHaveLength(50);
  });
});

it('a binary frame closes with 1003', async () => {
  const client = await alone();
  client.raw(Buffer.from('{"type":"ping","data":{}}'));
  expect(await client.closed()).toMatchObject({ code: 1003 });
});
