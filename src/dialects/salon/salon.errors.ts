import type { ChatError, ErrorCode, Violation } from '../../core/core.errors.js';
import type { RawRequest } from '../../transport/raw/raw-dialect.js';
import { isConversationRef, isUserRef } from '../../validation/rules.js';
import { frame } from './salon.presenter.js';

/** The seven codes of document 4, and two for what it does not foresee. */
const CODES: Record<ErrorCode, string> = {
  AUTH_FAILED: 'AUTH_FAILED',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  BANNED: 'PERMISSION_DENIED',
  MUTED: 'PERMISSION_DENIED',
  CONVERSATION_NOT_FOUND: 'ROOM_NOT_FOUND',
  MESSAGE_NOT_FOUND: 'INVALID_FORMAT',
  USER_NOT_FOUND: 'USER_NOT_FOUND',
  VALIDATION_FAILED: 'INVALID_FORMAT',
  MESSAGE_TOO_LONG: 'MESSAGE_TOO_LONG',
  CONTENT_REJECTED: 'PERMISSION_DENIED',
  CONFLICT: 'INVALID_FORMAT',
  CONVERSATION_FULL: 'PERMISSION_DENIED',
  FILE_TOO_LARGE: 'INVALID_FORMAT',
  RATE_LIMITED: 'RATE_LIMITED',
  UNAVAILABLE: 'UNAVAILABLE',
  INTERNAL: 'INTERNAL',
};

/** What this protocol calls the fields of the core. */
const FIELDS = new Map([
  ['attachments.0', 'media_url'],
  ['emoji', 'content'],
  ['event', 'type'],
]);

const wireField = ({ field, rules }: Violation): Violation => ({
  field: FIELDS.get(field) ?? field,
  rules,
});

/** Which of the client's requests failed: this protocol has no ids for them. */
function subjectOf({ event, payload, reference }: RawRequest): Record<string, unknown> {
  const { room, to_user_id, with_user } = (payload ?? {}) as Record<string, unknown>;
  const user = to_user_id ?? with_user;
  return {
    type: event,
    ...(isConversationRef(room) && { room }),
    ...(isUserRef(user) && { user_id: user }),
    ...(typeof reference === 'number' && { index: reference }),
  };
}

export const failureFrame = (error: ChatError, request: RawRequest | null): string =>
  frame('error', {
    message: error.message,
    code: CODES[error.code],
    details: {
      ...(request && subjectOf(request)),
      ...(error.details && { fields: error.details.map(wireField) }),
      ...(error.retryAfter !== undefined && { retry_after: error.retryAfter }),
    },
  });
