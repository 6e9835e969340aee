import { describe, expect, it } from 'vitest';
import { ChatError, ERRORS, type ErrorCode } from '../../src/core/core.errors.js';
import { failureFrame } from '../../src/dialects/veza/veza.errors.js';
import { textOf } from '../support/documents.js';
import { errorOf, KINDS } from '../support/veza-errors.js';
import { aFrame, anAnswer } from '../support/veza-shapes.js';

it('the codes and types are those of the document', () => {
  const rows = [...textOf('veza').matchAll(/^\| (10\d\d) \| `(\w+)` \|/gm)];
  expect(rows.map(([, code, type]) => [Number(code), type])).toEqual(
    KINDS.map(([code, type]) => [code, type]),
  );
});

/** What is rendered for each failure that the service knows, whether or not it happens yet. */
const CODES: Record<ErrorCode, number> = {
  AUTH_FAILED: 1001,
  PERMISSION_DENIED: 1002,
  BANNED: 1008,
  MUTED: 1002,
  CONVERSATION_NOT_FOUND: 1004,
  MESSAGE_NOT_FOUND: 1007,
  USER_NOT_FOUND: 1007,
  VALIDATION_FAILED: 1007,
  MESSAGE_TOO_LONG: 1005,
  CONTENT_REJECTED: 1002,
  CONFLICT: 1007,
  CONVERSATION_FULL: 1009,
  FILE_TOO_LARGE: 1006,
  RATE_LIMITED: 1003,
  UNAVAILABLE: 1000,
  INTERNAL: 1010,
};

/** Where one code of the document stands for several failures, each has its own advice. */
const OTHER_SUGGESTIONS: Partial<Record<ErrorCode, { suggestion: string }>> = {
  MUTED: { suggestion: 'Wait, then try again.' },
  CONTENT_REJECTED: { suggestion: 'Correct the request before trying again.' },
};

describe('every failure of the service', () => {
  it.each(Object.entries(CODES) as [ErrorCode, number][])('%s is %d', (code, number) => {
    const request = { event: 'message', payload: {}, reference: 'r-1' };
    const frame: unknown = JSON.parse(
      failureFrame(new ChatError(code, { retryAfter: 7 }), request),
    );
    const told = { retry_after: 7, ...OTHER_SUGGESTIONS[code] };
    const data = { ...errorOf(number, ERRORS[code].text), ...told };
    expect(frame).toStrictEqual(anAnswer('r-1', 'error', data));
  });

  it('BANNED is 1008 user_banned, whether or not a frame was read', () => {
    const frame: unknown = JSON.parse(failureFrame(new ChatError('BANNED'), null));
    expect(frame).toStrictEqual(aFrame('error', errorOf(1008, ERRORS.BANNED.text)));
  });
});
