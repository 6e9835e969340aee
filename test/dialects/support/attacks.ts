import { expect } from 'vitest';
import { MARKER } from '../../support/bad-input.js';
import { aFailure } from '../../support/chat-shapes.js';
import type { Json } from '../../support/speaker.js';
import type { DialectName } from '../../support/speakers.js';
import { aFrame, anError } from '../../support/veza-shapes.js';

interface Fields {
  readonly replyTo?: unknown;
  readonly clientId?: unknown;
}

/** How to send anything at all in a dialect, and how the dialect refuses it. */
export interface Attack {
  /** What a message is called. */
  readonly event: string;
  message(place: unknown, text: unknown, fields?: Fields): Json;
  /** What going to a conversation is called; absent where nobody asks for that. */
  readonly join?: { readonly event: string; payload(place: unknown): Json };
  /** Whether messages say where they belong, and what they reply to. */
  readonly saysPlace: boolean;
  /** Characters: of the longest message, and of one that a frame holds. */
  readonly longest: readonly [message: number, frame: number];
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

/** Of those whose connections are in any number of conversations. */
const INSIDE = { saysPlace: true, longest: [4_000, 180_000] } as const;

const chat: Attack = {
  event: 'message:send',
  message: (conversationId, content, { replyTo, clientId } = {}) => ({
    ...{ conversationId, content, replyTo, clientMessageId: clientId },
  }),
  join: { event: 'conversation:join', payload: (conversationId) => ({ conversationId }) },
  ...INSIDE,
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
  ...INSIDE,
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

const INVALID = [1007, 'invalid_message_format'] as const;

const VEZA_CODES: Record<string, readonly [code: number, type: string]> = {
  PERMISSION_DENIED: [1002, 'authorization_error'],
  CONVERSATION_NOT_FOUND: [1004, 'room_not_found'],
  MESSAGE_TOO_LONG: [1005, 'message_too_long'],
};

const veza: Attack = {
  event: 'message',
  // The speaker puts the id into the envelope.
  message: (room_id, content, { replyTo, clientId } = {}) => ({
    ...{ room_id, content, reply_to: replyTo, id: clientId },
  }),
  join: { event: 'join_room', payload: (room_id) => ({ room_id }) },
  ...INSIDE,
  withUrl: (attachments) => ({ attachments }),
  unknown: [
    ...NAMES,
    'message_received',
    'private_message',
    'error',
    7,
    null,
    ['ping'],
    { MARKER },
  ],
  failures: new Set(['error', 'auth_error']),
  failure: (code) => {
    const fields = { details: expect.any(String), fields: expect.any(Array) };
    const [number, type] = VEZA_CODES[code] ?? INVALID;
    const data = anError(number, type, code === 'VALIDATION_FAILED' ? fields : {});
    // Of all that is refused, only what was said before bears an id that can be answered to.
    const metadata = { request_id: expect.any(String) };
    return { ...aFrame('error', data), ...(code === 'CONFLICT' && { metadata }) };
  },
  textOf: (failure) => failure,
  // JSON has no binary data, and an id may be text.
  unfit: [/binary/, /^text$/],
};

const SALON_CODES: Record<string, string> = {
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
  join: { event: 'join_room', payload: (room) => ({ room }) },
  ...INSIDE,
  withUrl: (urls) => ({ media_url: Array.isArray(urls) ? (urls as unknown[])[0] : urls }),
  unknown: [...NAMES, 'message_send', 'join_room_ack', 'error', 7, null, ['ping'], { MARKER }],
  failures: new Set(['error']),
  failure: (code) => ({
    ...{
      code: SALON_CODES[code] ?? code,
      message: expect.any(String),
      details: expect.any(Object),
    },
  }),
  // Document 4 has the room repeated.
  textOf: ({ details, ...failure }) => {
    const { room: _, ...rest } = details as Json;
    return { ...failure, rest };
  },
  // JSON has no binary data, one message has one attachment, and null is none.
  unfit: [/binary/, /^no list$/, /^eleven/, /^null$/],
};

const LIVE_TEXTS: Record<string, unknown> = {
  VALIDATION_FAILED: expect.stringMatching(/^(Invalid message format|Message cannot be empty)$/),
  MESSAGE_TOO_LONG: 'Message too long',
  PERMISSION_DENIED: 'Access denied',
  CONFLICT: 'Conflict',
};

const live: Attack = {
  event: 'chat_message',
  message: (_, message, { clientId } = {}) => ({ message, client_message_id: clientId }),
  // Its URL does.
  saysPlace: false,
  longest: [1_000, 16_000],
  unknown: [
    ...NAMES,
    'room_joined',
    'user_joined',
    'join_room',
    'error',
    7,
    null,
    ['ping'],
    { MARKER },
  ],
  failures: new Set(['error']),
  failure: (code) => ({
    type: 'error',
    data: {
      ...{ message: LIVE_TEXTS[code], code },
      ...(code === 'VALIDATION_FAILED' && { fields: expect.any(Array) }),
    },
  }),
  textOf: (failure) => failure,
  // JSON has no binary data, and a room comes to be by its slug.
  unfit: [/binary/, /^a slug nobody has$/],
};

export const ATTACKS: Readonly<Record<DialectName, Attack>> = { chat, root, veza, salon, live };
