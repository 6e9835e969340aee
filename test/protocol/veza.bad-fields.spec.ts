import { describe, expect, it } from 'vitest';
import {
  BLANK,
  CONVERSATION_IDS,
  MARKER,
  TEXTS,
  UNKNOWN_CONVERSATIONS,
  USER_IDS,
  type BadCase,
} from '../support/bad-input.js';
import { attackScene } from '../support/veza-attacker.js';
import { anError, invalid, type Json } from '../support/veza-shapes.js';

const scene = attackScene();

/** What else each of them needs. */
const ABOUT_ROOMS: Record<string, Json> = {
  join_room: {},
  leave_room: {},
  message: { content: 'x' },
  typing_start: {},
  typing_stop: {},
  file_upload: { file_name: 'x', content: 'eA==' },
};

describe('a room that is none', () => {
  const frames = Object.entries(ABOUT_ROOMS);

  it.each(CONVERSATION_IDS)('%s', async (what, room_id) => {
    // NUL and lone surrogates are refused in any frame, before anything is read of it.
    const isUnsound = what.startsWith('text with');
    for (const [type, fields] of frames) {
      const frame = JSON.stringify({ type, data: { room_id, ...fields } });
      const { data } = await scene.refused(frame);
      expect(data).toStrictEqual(invalid(isUnsound ? 'frame' : 'room_id'));
    }
  });

  it.each(UNKNOWN_CONVERSATIONS)('%s', async (_, room_id) => {
    for (const [type, fields] of frames) {
      const error = await scene.refusedFrame(type, { room_id, ...fields });
      expect(error).toStrictEqual(anError(1004, 'room_not_found'));
    }
  });
});

describe('a user who is none', () => {
  it.each(USER_IDS)('%s', async (_, recipient_id) => {
    const message = { recipient_id, content: 'x' };
    expect(await scene.refusedFrame('message', message)).toStrictEqual(invalid('recipient_id'));
    const mentioning = { room_id: scene.room, content: 'x', mentions: [recipient_id] };
    expect(await scene.refusedFrame('message', mentioning)).toStrictEqual(invalid('mentions'));
  });
});

const NO_MESSAGE_IDS: readonly BadCase[] = [
  ['zero', 0],
  ['negative', -1],
  ['a fraction', 1.5],
  ['over the safe integers', 2 ** 53],
  ['astronomic', 1e300],
  ['a boolean', true],
  ['a list', ['msg_1']],
  ['an object', { [MARKER]: 1 }],
  ['empty', ''],
  ['msg_ alone', 'msg_'],
  ['msg_0', 'msg_0'],
  ['a number with zeros before it', 'msg_01'],
  ['a client’s id', 'msg_1640995200000_abc'],
  ['endless digits', `msg_${'9'.repeat(40)}`],
  ['with a line after it', 'msg_1\n'],
  ['text', MARKER],
];

describe('a message_id that is none', () => {
  it.each(NO_MESSAGE_IDS)('%s', async (_, message_id) => {
    for (const [type, field, data] of [
      ['read_receipt', 'message_id', { message_id }],
      ['report_message', 'message_id', { message_id, reason: 'spam' }],
      ['message', 'reply_to', { room_id: scene.room, content: 'x', reply_to: message_id }],
      ['join_room', 'last_message_id', { room_id: scene.room, last_message_id: message_id }],
    ] as const) {
      expect(await scene.refusedFrame(type, data)).toStrictEqual(invalid(field));
    }
  });
});

describe('a message with', () => {
  const field = (name: string, cases: readonly BadCase[]) =>
    cases.map(([what, value]): [string, string, unknown] => [name, what, value]);

  const fields = [
    ...field('content', [...TEXTS.filter(([what]) => !what.startsWith('with')), ...BLANK]),
    ...field('message_type', [
      ['system', 'system'],
      ['unknown', MARKER],
      ['a number', 1],
      ['a list', ['text']],
      ['__proto__', '__proto__'],
    ]),
    ...field('mentions', [
      ['text', MARKER],
      ['an object', { 0: 'bob', length: 1 }],
      ['51 of them', Array.from({ length: 51 }, (_, n) => `user ${n}`)],
      ['null in it', [null]],
    ]),
    ...field('is_private', [['text', 'yes']]),
    ...field('attachments', [
      ['text', `https://example.org/${MARKER}`],
      ['a number', [5]],
      ['eleven of them', Array.from({ length: 11 }, (_, n) => `https://example.org/${n}`)],
    ]),
    ...field('attachments.0', [
      ['a script', [`javascript:${MARKER}`]],
      ['a data URL', [`data:text/html,${MARKER}`]],
      ['a path elsewhere', [`/etc/${MARKER}`]],
      ['a path upwards', [`/uploads/../${MARKER}`]],
      ['no URL', [MARKER]],
    ]),
  ];

  it.each(fields)('%s: %s', async (name, _, value) => {
    const [bad = ''] = name.split('.');
    const message = { room_id: scene.room, content: 'x', [bad]: value };
    expect(await scene.refusedFrame('message', message)).toStrictEqual(invalid(name));
  });
});
