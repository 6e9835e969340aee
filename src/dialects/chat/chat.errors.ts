import type { ChatError } from '../../core/core.errors.js';
import type { FailureWording } from '../../transport/socket-io/socket-io-connection.js';
import type { FailureAck, ServerEvents } from './chat.events.js';

/** `{ success: false, message, error: { code, message, details?, retryAfter? } }`. */
export function failureAck({ code, message, details, retryAfter }: ChatError): FailureAck {
  return {
    success: false,
    message,
    error: {
      code,
      message,
      ...(details && { details }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
  };
}

export const failures: FailureWording = {
  ack: failureAck,
  event: (event, error, isAcked) => {
    if (isAcked) return null;
    const payload: ServerEvents['exception'] = { ...failureAck(error), event };
    return ['exception', payload];
  },
};
