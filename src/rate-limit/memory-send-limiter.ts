import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WindowSendLimiter, type RatesByDialect } from './window-send-limiter.js';

/** Counts one node's sends. */
export class MemorySendLimiter extends WindowSendLimiter {
  constructor(ratesByDialect: RatesByDialect) {
    super(
      ratesByDialect,
      ({ name, count, seconds }) =>
        new RateLimiterMemory({ keyPrefix: name, points: count, duration: seconds }),
    );
  }
}
