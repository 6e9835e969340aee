import { Logger } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Window } from './window-send-limiter.js';

const LOG_EVERY_MS = 60_000;

/** Where a node counts by itself: Redis and PostgreSQL are both away. */
export class OwnWindows {
  private readonly logger = new Logger('Limits');
  private loggedAt = -Infinity;

  limiterOf({ name, count, seconds }: Window): RateLimiterMemory {
    const options = { keyPrefix: name, points: count, duration: seconds };
    return new TellingLimiter(options, () => this.note());
  }

  private note(): void {
    const now = performance.now();
    if (now - this.loggedAt < LOG_EVERY_MS) return;
    this.loggedAt = now;
    this.logger.warn({ event: 'LIMITS_NOT_SHARED' });
  }
}

class TellingLimiter extends RateLimiterMemory {
  constructor(
    options: ConstructorParameters<typeof RateLimiterMemory>[0],
    private readonly tell: () => void,
  ) {
    super(options);
  }

  override consume(...asked: Parameters<RateLimiterMemory['consume']>) {
    this.tell();
    return super.consume(...asked);
  }
}
