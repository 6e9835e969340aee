import { LRUCache } from 'lru-cache';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { atMost } from '../core/bounded.js';
import { ChatError } from '../core/core.errors.js';
import type { UserId } from '../core/model/identity.js';
import { SendLimiter, type Rate } from '../core/ports/send-limiter.js';

export type RatesByDialect = Readonly<Record<string, readonly Rate[]>>;

/** What is counted together, for each key by itself. */
export interface Window extends Rate {
  /** No other has it. */
  readonly name: string;
  /** Whether what was taken may be given back. */
  readonly isReturnable: boolean;
}

/**
 * Who was refused is refused without a question until the window ends: a flood costs no round trips.
 * Not where others may give back meanwhile.
 */
export const blockedInMemory = ({ count, isReturnable }: Window) => ({
  inMemoryBlockOnConsumed: isReturnable ? 0 : count + 1,
});

/** Counts sends in windows that begin with the first; where the counts are, `limiterOf` says. */
export abstract class WindowSendLimiter extends SendLimiter {
  private readonly limiters: ReadonlyMap<string, readonly RateLimiterAbstract[]>;
  /** Of rates that are said with each take: slow mode alone knows 21,600. */
  private readonly byRate = new LRUCache<string, RateLimiterAbstract>(atMost(50_000));

  /** Every rate of a dialect holds; a dialect without rates is not limited. */
  protected constructor(
    ratesByDialect: RatesByDialect,
    private readonly limiterOf: (window: Window) => RateLimiterAbstract,
  ) {
    super();
    this.limiters = new Map(
      Object.entries(ratesByDialect).map(([dialect, rates]) => [
        dialect,
        rates.map((rate) =>
          limiterOf({ ...rate, name: `${dialect}:${nameOf(rate)}`, isReturnable: false }),
        ),
      ]),
    );
  }

  async take(dialect: string, userId: UserId): Promise<void> {
    for (const limiter of this.limiters.get(dialect) ?? []) await consume(limiter, userId);
  }

  async takeAt(rate: Rate, key: string): Promise<void> {
    try {
      await consume(this.limiterAt(rate), key);
    } catch (error) {
      if (error instanceof ChatError) await this.giveBack(rate, key);
      throw error;
    }
  }

  async giveBack(rate: Rate, key: string): Promise<void> {
    const limiter = this.limiterAt(rate);
    const { consumedPoints } = await limiter.reward(key);
    if (consumedPoints > 0) return;
    // What was never sent opens no window either. It may have been taken again meanwhile.
    const left = await limiter.get(key);
    if (left && left.consumedPoints <= 0) await limiter.delete(key);
  }

  private limiterAt({ count, seconds }: Rate): RateLimiterAbstract {
    const name = nameOf({ count, seconds });
    const known = this.byRate.get(name);
    if (known) return known;
    const limiter = this.limiterOf({ count, seconds, name, isReturnable: true });
    this.byRate.set(name, limiter);
    return limiter;
  }
}

const nameOf = ({ count, seconds }: Rate): string => `${count}/${seconds}`;

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    throw new ChatError('RATE_LIMITED', { retryAfter });
  }
}
