import type { ChatError, Violation } from '../../core/core.errors.js';
import type { FailureWording } from '../../transport/socket-io/socket-io-connection.js';
import type { FailureAck, ServerEvents } from './root.events.js';

/** What the core calls a message's content is `message` on this wire. */
const asSent = (violation: Violation): Violation =>
  violation.field === 'content' ? { ...violation, field: 'message' } : violation;

function errorPayload({ code, message, details, retryAfter }: ChatError): ServerEvents['error'] {
  return {
    message,
    code,
    ...(details && { details: details.map(asSent) }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** An event `error` for every failure (document 2), and the ack where there is one. */
export const failures: FailureWording = {
  ack: (error): FailureAck => ({
    success: false,
    message: error.message,
    error: errorPayload(error),
  }),
  event: (_eventName, error) => ['error', errorPayload(error)],
};
