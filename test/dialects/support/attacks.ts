import { expect } from '@jest/globals';
import { MARKER } from '../../support/bad-input.js';
import { aFailure } from '../../support/chat-shapes.js';
import type { Json } from '../../support/speaker.js';
import type { DialectName } from '../../support/speakers.js';

interface Fields {
  readonly replyTo?: unknown;
  readonly clientId?: unknown;
}

/** How to send anything at all in a dialect, and how the dialect refuses it. */
export interface Attack {
  /** What a message is called. */
  readonly event: string;
  message(place: unknown, text: unknown, fields?: Fields): Json;
  /** Puts this where attachments belong; absent where there is no such place. */
  readonly withUrl?: (urls: unknown) => Json;
  /** What no event is called. */
  readonly unknown: readonly unknown[];
  /** What failures are called. */
  readonly failures: ReadonlySet<string>;
  failure(code: string): Json;
  /** What of a failure must not repeat the input. */
  textOf(failure: Json): unknown;
  /** Inputs of the tables that this wire cannot carry, or that are right there. */
  readonly unfit: readonly RegExp[];
}

const NAMES = [
  ...[MARKER, 'message:new', 'MESSAGE', ' message', '', 'x'.repeat(10_000), `<b>${MARKER}</b>`],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'join', '*', `${MARKER}\0`],
];

const withDetails = (code: string, value: unknown) =>
  code === 'VALIDATION_FAILED' ? { details: value } : {};

const chat: Attack = {
  event: 'message:send',
  message: (conversationId, content, { replyTo, clientId } = {}) => ({
    ...{ conversationId, content, replyTo, clientMessageId: clientId },
  }),
  withUrl: (attachments) => ({ attachments }),
  unknown: [...NAMES, 'message', 'room_message'],
  failures: new Set(['exception']),
  failure: (code) => ({
    ...aFailure(code, withDetails(code, expect.any(Array))),
    event: expect.any(String),
  }),
  // The name of the event is the client's own, where it is a name at all.
  textOf: ({ event: _, ...failure }) => failure,
  unfit: [],
};

const root: Attack = {
  event: 'message',
  message: (roomId, message, { replyTo, clientId } = {}) => ({
    ...{ message, clientMessageId: clientId, context: { roomId, replyTo } },
  }),
  unknown: [...NAMES, 'message:send', 'userTyping', 'room_message'],
  failures: new Set(['error']),
  failure: (code) => ({
    ...{ code, message: expect.any(String) },
    ...withDetails(code, expect.any(Array)),
  }),
  textOf: (failure) => failure,
  // No place is the lobby, and ids may be text.
  unfit: [/^missing$/, /^null$/, /^NaN/, /^text$/],
};

const CODES: Record<string, string> = {
  VALIDATION_FAILED: 'INVALID_FORMAT',
  CONVERSATION_NOT_FOUND: 'ROOM_NOT_FOUND',
  MESSAGE_NOT_FOUND: 'INVALID_FORMAT',
  CONFLICT: 'INVALID_FORMAT',
};

const salon: Attack = {
  event: 'room_message',
  message: (room, content, { replyTo, clientId } = {}) => ({
    ...{ room, content, reply_to: replyTo, client_message_id: clientId },
  }),
  withUrl: (urls) => ({ media_url: Array.isArray(urls) ? (urls as unknown[])[0] : urls }),
  unknown: [...NAMES, 'message_send', 'join_room_ack', 'error', 7, null, ['ping'], { MARKER }],
  failures: new Set(['error']),
  failure: (code) => ({
    ...{ code: CODES[code] ?? code, message: expect.any(String), details: expect.any(Object) },
  }),
  // Document 4 has the room repeated.
  textOf: ({ details, ...failure }) => {
    const { room: _, ...rest } = details as Json;
    return { ...failure, rest };
  },
  // JSON has no binary data, one message has one attachment, and null is none.
  unfit: [/binary/, /^no list$/, /^eleven/, /^null$/],
};

export const ATTACKS: Readonly<Record<DialectName, Attack>> = { chat, root, salon };
