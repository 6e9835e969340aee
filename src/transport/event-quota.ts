import type { Rate } from '../config/variable.js';
import { ChatError } from '../core/core.errors.js';
import { TokenBucket } from './token-bucket.js';

/** What one connection may ask for in a time; every rate holds. */
export class EventQuota {
  private readonly buckets: readonly TokenBucket[];

  constructor(rates: readonly Rate[]) {
    this.buckets = rates.map((rate) => new TokenBucket(rate));
  }

  /** Takes one event. Null, or RATE_LIMITED with `retryAfter`. */
  take(): ChatError | null {
    for (const bucket of this.buckets) {
      const retryAfter = bucket.take();
      if (retryAfter > 0) return new ChatError('RATE_LIMITED', { retryAfter });
    }
    return null;
  }

  /** Whether the client goes on regardless of refusals. */
  get isIgnored(): boolean {
    return this.buckets.some((bucket) => bucket.isIgnored);
  }
}
