import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate } from '../config/variable.js';
import { ChatError } from '../core/core.errors.js';
import type { UserId } from '../core/model/identity.js';
import { SendLimiter } from '../core/ports/send-limiter.js';

/** Counts one node's sends. */
export class MemorySendLimiter extends SendLimiter {
  private readonly limiters: ReadonlyMap<string, readonly RateLimiterMemory[]>;

  /** Every rate of a dialect holds; a dialect without rates is not limited. */
  constructor(ratesByDialect: Readonly<Record<string, readonly Rate[]>>) {
    super();
    this.limiters = new Map(
      Object.entries(ratesByDialect).map(([dialect, rates]) => [
        dialect,
        rates.map(
          ({ count, seconds }) =>
            new RateLimiterMemory({
              keyPrefix: `${dialect}:${count}/${seconds}`,
              points: count,
              duration: seconds,
            }),
        ),
      ]),
    );
  }

  async take(dialect: string, userId: UserId): Promise<void> {
    for (const limiter of this.limiters.get(dialect) ?? []) {
      try {
        await limiter.consume(userId);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
        throw new ChatError('RATE_LIMITED', { retryAfter });
      }
    }
  }
}
