import type { RedisLink } from '../redis/redis-link.js';

/**
 * Whether Redis answers. Of several who wait for it, all give up with the first: so a silence is
 * waited for once, and nobody asks again before it was found to be back.
 */
export class Reach {
  private isLost = true;
  private readonly waiting = new Set<(error: unknown) => void>();

  constructor(link: RedisLink) {
    link.onChange((isUp) => {
      if (!isUp) this.lose(new Error('Redis is away'));
    });
  }

  get isThere(): boolean {
    return !this.isLost;
  }

  /** It answered. */
  regain(): void {
    this.isLost = false;
  }

  /** Rejects where Redis is away, or goes away meanwhile. */
  ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.isLost) return Promise.reject(new Error('Redis is away'));
    return new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      question()
        .then(resolve, (error: unknown) => {
          reject(asError(error));
          if (!isRefusal(error)) this.lose(error);
        })
        .finally(() => this.waiting.delete(reject));
    });
  }

  private lose(error: unknown): void {
    this.isLost = true;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const reject of waiting) reject(error);
  }
}

/** Redis refused, as where it has no memory left: so it is there, and only who asked is concerned. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError';

export const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('No answer');
