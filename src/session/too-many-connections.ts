import { ChatError } from '../core/core.errors.js';

/** Seconds after which one of them may have ended. */
const RETRY_AFTER = 10;

/** A user has as many connections as one may have. */
export class TooManyConnections extends ChatError {
  constructor() {
    super('RATE_LIMITED', {
      text: 'Too many connections; close some first.',
      retryAfter: RETRY_AFTER,
    });
  }
}
