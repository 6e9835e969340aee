import {
  ERRORS,
  type ChatError,
  type ErrorCode,
  type Remedy,
  type Violation,
} from '../../core/core.errors.js';
import type { RawRequest } from '../../transport/raw/raw-dialect.js';
import type { ClientFrames, ServerFrames } from './veza.events.js';
import { envelope } from './veza.presenter.js';

type Kind = readonly [code: number, type: string];

/** The codes of document 3. */
const CONNECTION: Kind = [1000, 'connection_error'];
const AUTHENTICATION: Kind = [1001, 'authentication_error'];
const AUTHORIZATION: Kind = [1002, 'authorization_error'];
const RATE_LIMIT: Kind = [1003, 'rate_limit_error'];
const ROOM_NOT_FOUND: Kind = [1004, 'room_not_found'];
const MESSAGE_TOO_LONG: Kind = [1005, 'message_too_long'];
const FILE_TOO_LARGE: Kind = [1006, 'file_too_large'];
const INVALID: Kind = [1007, 'invalid_message_format'];
const BANNED: Kind = [1008, 'user_banned'];
const ROOM_FULL: Kind = [1009, 'room_full'];
const SERVER: Kind = [1010, 'server_error'];

const KINDS: Record<ErrorCode, Kind> = {
  AUTH_FAILED: AUTHENTICATION,
  PERMISSION_DENIED: AUTHORIZATION,
  BANNED,
  MUTED: AUTHORIZATION,
  CONVERSATION_NOT_FOUND: ROOM_NOT_FOUND,
  MESSAGE_NOT_FOUND: INVALID,
  USER_NOT_FOUND: INVALID,
  VALIDATION_FAILED: INVALID,
  MESSAGE_TOO_LONG,
  CONTENT_REJECTED: AUTHORIZATION,
  CONFLICT: INVALID,
  CONVERSATION_FULL: ROOM_FULL,
  FILE_TOO_LARGE,
  RATE_LIMITED: RATE_LIMIT,
  UNAVAILABLE: CONNECTION,
  INTERNAL: SERVER,
};

const SUGGESTIONS: Record<Remedy, string> = {
  'renew-token': 'Get a new token and connect again.',
  stop: 'Do not try again: ask whoever runs the room.',
  wait: 'Wait, then try again.',
  correct: 'Correct the request before trying again.',
  retry: 'Try again in a moment, with the same id.',
  report: 'If it happens again, report it to whoever runs the service.',
};

/** What this protocol calls the fields of the core. */
const FIELDS = new Map([
  ['event', 'type'],
  ['file', 'content'],
  ['messageId', 'message_id'],
  ['clientMessageId', 'id'],
  ['replyTo', 'reply_to'],
]);

const wireField = ({ field, rules }: Violation): Violation => ({
  field: FIELDS.get(field) ?? field,
  rules,
});

const AUTH: keyof ClientFrames = 'auth';

function errorData({ code, message, details, retryAfter }: ChatError): ServerFrames['error'] {
  const [number, error_type] = KINDS[code];
  const fields = details?.map(wireField);
  return {
    code: number,
    error_type,
    message,
    ...(fields && {
      // The document has a sentence here; programs read `fields`.
      details: fields.map(({ field, rules }) => `${field} ${rules.join(', ')}`).join('; '),
      fields,
    }),
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    suggestion: SUGGESTIONS[ERRORS[code].remedy],
  };
}

/** Told to whoever is not let in, or could not renew its token. */
export function refusalFrame(error: ChatError, request: RawRequest | null): string {
  const { code, message } = error;
  if (code !== 'AUTH_FAILED') {
    return envelope({ type: 'error', data: errorData(error) }, request?.reference);
  }
  const data = { error: 'invalid_token', message, code: 401 } as const;
  return envelope({ type: 'auth_error', data }, request?.reference);
}

export const failureFrame = (error: ChatError, request: RawRequest | null): string =>
  request?.event === AUTH
    ? refusalFrame(error, request)
    : envelope({ type: 'error', data: errorData(error) }, request?.reference);
