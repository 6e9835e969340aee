import type { UserId } from '../model/identity.js';

/**
 * How many sends a user has, counted over all of its sockets. One limiter per dialect, and per
 * other thing that is counted so, such as uploads of a user or new connections of an address.
 */
export abstract class SendLimiter {
  /** Takes one send; throws RATE_LIMITED with `retryAfter` when there is none left. */
  abstract take(dialect: string, userId: UserId): Promise<void>;
}
