/** What the client should do about an error; every dialect's document repeats it. */
export type Remedy = 'renew-token' | 'stop' | 'wait' | 'correct' | 'retry' | 'report';

interface ErrorKind {
  readonly status: number;
  readonly remedy: Remedy;
  /** The default text. It never contains input, SQL or a stack. */
  readonly text: string;
}

/**
 * The closed catalogue of failures. Each dialect renders every one of them: its table is a
 * `Record<ErrorCode, …>`, so adding a code here does not compile until all of them know it.
 */
export const ERRORS = {
  AUTH_FAILED: {
    status: 401,
    remedy: 'renew-token',
    text: 'Authentication failed: the token is missing, invalid or expired.',
  },
  PERMISSION_DENIED: { status: 403, remedy: 'stop', text: 'You are not allowed to do this.' },
  BANNED: { status: 403, remedy: 'stop', text: 'You are banned.' },
  MUTED: { status: 403, remedy: 'wait', text: 'You are muted.' },
  CONVERSATION_NOT_FOUND: {
    status: 404,
    remedy: 'correct',
    text: 'There is no such conversation.',
  },
  MESSAGE_NOT_FOUND: { status: 404, remedy: 'correct', text: 'There is no such message.' },
  USER_NOT_FOUND: { status: 404, remedy: 'correct', text: 'There is no such user.' },
  VALIDATION_FAILED: {
    status: 400,
    remedy: 'correct',
    text: 'The request is not valid; see the details.',
  },
  MESSAGE_TOO_LONG: { status: 400, remedy: 'correct', text: 'The message is too long.' },
  CONTENT_REJECTED: { status: 422, remedy: 'correct', text: 'The message was rejected.' },
  CONFLICT: {
    status: 409,
    remedy: 'correct',
    text: 'This conflicts with something that exists already.',
  },
  CONVERSATION_FULL: { status: 409, remedy: 'wait', text: 'The conversation is full.' },
  FILE_TOO_LARGE: { status: 413, remedy: 'correct', text: 'This is too large.' },
  RATE_LIMITED: { status: 429, remedy: 'wait', text: 'Too many requests; wait a moment.' },
  UNAVAILABLE: {
    status: 503,
    remedy: 'retry',
    text: 'Temporarily unavailable; try again with the same client id.',
  },
  INTERNAL: { status: 500, remedy: 'report', text: 'Something went wrong on our side.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** A field that was refused and the rules it broke; never its value. */
export interface Violation {
  readonly field: string;
  readonly rules: readonly string[];
}

export interface ChatErrorOptions {
  readonly text?: string;
  readonly details?: readonly Violation[];
  /** Whole seconds until trying again can succeed. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A failure that the client is told about. Anything else thrown is a bug and reads INTERNAL. */
export class ChatError extends Error {
  readonly details: readonly Violation[] | undefined;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: ChatErrorOptions = {},
  ) {
    super(options.text ?? ERRORS[code].text, { cause: options.cause });
    this.name = 'ChatError';
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }

  /** One field broke one rule. */
  static invalid(field: string, rule: string): ChatError {
    return new ChatError('VALIDATION_FAILED', { details: [{ field, rules: [rule] }] });
  }
}

/** Turns whatever was thrown into what may be told. */
export function asChatError(thrown: unknown): ChatError {
  return thrown instanceof ChatError ? thrown : new ChatError('INTERNAL', { cause: thrown });
}
