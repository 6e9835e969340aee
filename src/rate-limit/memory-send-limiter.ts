import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate } from '../config/variable.js';
import { ChatError } from '../core/core.errors.js';
import type { UserId } from '../core/model/identity.js';
import { SendLimiter } from '../core/ports/send-limiter.js';

/** Counts one node's sends. */
export class MemorySendLimiter extends SendLimiter {
  private readonly limiters: ReadonlyMap<string, readonly RateLimiterMemory[]>;
  /** Of rates that are said with each take: slow mode alone knows 21,600. */
  private readonly byRate = new LRUCache<string, RateLimiterMemory>({ max: 50_000 });

  /** Every rate of a dialect holds; a dialect without rates is not limited. */
  constructor(ratesByDialect: Readonly<Record<string, readonly Rate[]>>) {
    super();
    this.limiters = new Map(
      Object.entries(ratesByDialect).map(([dialect, rates]) => [
        dialect,
        rates.map((rate) => limiterAt(`${dialect}:${rate.count}/${rate.seconds}`, rate)),
      ]),
    );
  }

  async take(dialect: string, userId: UserId): Promise<void> {
    for (const limiter of this.limiters.get(dialect) ?? []) await consume(limiter, userId);
  }

  async takeAt(rate: Rate, key: string): Promise<void> {
    try {
      await consume(this.limiterOf(rate), key);
    } catch (error) {
      if (error instanceof ChatError) await this.giveBack(rate, key);
      throw error;
    }
  }

  async giveBack(rate: Rate, key: string): Promise<void> {
    const limiter = this.limiterOf(rate);
    await limiter.reward(key);
    // What was never sent opens no window either. It may have been taken again meanwhile.
    const left = await limiter.get(key);
    if (left && left.consumedPoints <= 0) void limiter.delete(key);
  }

  private limiterOf({ count, seconds }: Rate): RateLimiterMemory {
    const name = `${count}/${seconds}`;
    const known = this.byRate.get(name);
    if (known) return known;
    const limiter = limiterAt(name, { count, seconds });
    this.byRate.set(name, limiter);
    return limiter;
  }
}

const limiterAt = (keyPrefix: string, { count, seconds }: Rate): RateLimiterMemory =>
  new RateLimiterMemory({ keyPrefix, points: count, duration: seconds });

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    throw new ChatError('RATE_LIMITED', { retryAfter });
  }
}
