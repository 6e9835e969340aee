import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import { OwnWindows } from './own-windows.js';
import { blockedInMemory, type Window } from './window-send-limiter.js';

const CLEAR_EVERY_MS = 5 * 60_000;

/** Where the nodes count together while Redis is away. */
export class DatabaseWindows {
  private readonly own = new OwnWindows();
  private readonly clearing: NodeJS.Timeout;

  constructor(private readonly dataSource: DataSource) {
    this.clearing = setInterval(() => void this.clear(), CLEAR_EVERY_MS).unref();
  }

  limiterOf(window: Window): RateLimiterPostgres {
    return new RateLimiterPostgres({
      storeClient: this.dataSource,
      storeType: 'typeorm',
      tableName: 'rate_limits',
      tableCreated: true,
      // It would do so once for each rate, and never end.
      clearExpiredByTimeout: false,
      keyPrefix: window.name,
      points: window.count,
      duration: window.seconds,
      ...blockedInMemory(window),
      insuranceLimiter: this.own.limiterOf(window),
    });
  }

  /** Removes windows that have ended. What it cannot remove now, it can the next time. */
  async clear(): Promise<void> {
    await this.dataSource
      .query('DELETE FROM rate_limits WHERE expire <= $1', [Date.now()])
      .catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.clearing);
  }
}
