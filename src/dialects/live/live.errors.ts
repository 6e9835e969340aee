import type { ChatError, ErrorCode } from '../../core/core.errors.js';
import { CLOSE, type RawRequest, type Refusal } from '../../transport/raw/raw-dialect.js';
import type { ClientFrames } from './live.events.js';
import { frame } from './live.presenter.js';

/** The texts of document 5, and one for what it does not foresee. */
const TEXTS: Record<ErrorCode, string> = {
  AUTH_FAILED: 'Invalid token',
  PERMISSION_DENIED: 'Access denied',
  BANNED: 'You are muted or banned',
  MUTED: 'You are muted or banned',
  CONVERSATION_NOT_FOUND: 'Room not found',
  MESSAGE_NOT_FOUND: 'Message not found',
  USER_NOT_FOUND: 'User not found',
  VALIDATION_FAILED: 'Invalid message format',
  MESSAGE_TOO_LONG: 'Message too long',
  CONTENT_REJECTED: 'Message rejected',
  CONFLICT: 'Conflict',
  CONVERSATION_FULL: 'Access denied',
  FILE_TOO_LARGE: 'File too large',
  RATE_LIMITED: 'Rate limit exceeded',
  UNAVAILABLE: 'Temporarily unavailable',
  INTERNAL: 'Server error',
};

const MODERATION: keyof ClientFrames = 'moderation_action';

/** What this protocol calls the fields of the core. */
const FIELDS = new Map([
  ['content', 'message'],
  ['event', 'type'],
]);

function textOf({ code, details = [] }: ChatError, request: RawRequest | null): string {
  if (code === 'PERMISSION_DENIED' && request?.event === MODERATION) {
    return 'You do not have permission to moderate this room';
  }
  // All that the core has against a text that is not too long.
  const isBlank = code === 'VALIDATION_FAILED' && details.some(({ field }) => field === 'content');
  return isBlank ? 'Message cannot be empty' : TEXTS[code];
}

export function failureFrame(error: ChatError, request: RawRequest | null): string {
  const { code, details, retryAfter } = error;
  return frame('error', {
    message: textOf(error, request),
    code,
    ...(details && {
      fields: details.map(({ field, rules }) => ({ field: FIELDS.get(field) ?? field, rules })),
    }),
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
  });
}

/** At the door, where document 5 has codes of its own: the room is not there, or not for you. */
export function refusal(error: ChatError): Refusal | null {
  switch (error.code) {
    case 'CONVERSATION_NOT_FOUND':
      return { frame: null, status: CLOSE.notFound };
    case 'PERMISSION_DENIED':
    case 'CONVERSATION_FULL':
    case 'BANNED':
      return { frame: failureFrame(error, null), status: CLOSE.forbidden };
    default:
      return null;
  }
}
