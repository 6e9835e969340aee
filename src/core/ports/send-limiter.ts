import type { UserId } from '../model/identity.js';

/** `count` in `seconds`. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

/**
 * How many sends a user has, counted over all of its sockets. One limiter per dialect, and per
 * other thing that is counted so, such as uploads of a user or new connections of an address. What
 * is asked about one key is answered in the order in which it was asked.
 */
export abstract class SendLimiter {
  /** Takes one send; throws RATE_LIMITED with `retryAfter` when there is none left. */
  abstract take(dialect: string, userId: UserId): Promise<void>;

  /**
   * As `take`, at a rate of the caller's: keys of different rates are counted apart. What is
   * refused is not counted.
   */
  abstract takeAt(rate: Rate, key: string): Promise<void>;

  /** What was taken came to nothing. */
  abstract giveBack(rate: Rate, key: string): Promise<void>;
}
