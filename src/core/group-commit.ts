import { ChatError } from './core.errors.js';

interface Pending<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<T, R> {
  /** Writes, or reads, a batch in one round trip; the results stand in the order of the items. */
  readonly write: (batch: readonly T[]) => Promise<readonly R[]>;
  /**
   * Whether an error says that an item was bad, rather than that the database was away: the others
   * are then tried without it. Default: never.
   */
  readonly isItemsFault?: (error: unknown) => boolean;
  /** Two items with one key never share a batch: the second must see what the first wrote. */
  readonly keyOf?: (item: T) => string | null;
  /** Called after a batch succeeded, before the next one returns. */
  readonly onWritten?: (results: readonly R[]) => void;
  /** Items per statement. */
  readonly maxBatch?: number;
  /** Items waiting beyond this are refused: a database that is away must not eat the memory. */
  readonly maxWaiting?: number;
}

/**
 * Collects concurrent writes into one statement. One batch is in flight at a time, and the next
 * one leaves when it returned: no timer, no added latency when idle, and the order of `add` is
 * the order of commits.
 */
export class GroupCommit<T, R> {
  private waiting: Pending<T, R>[] = [];
  private isScheduled = false;
  private flushing: Promise<void> | null = null;

  constructor(private readonly options: GroupCommitOptions<T, R>) {}

  add(item: T): Promise<R> {
    if (this.waiting.length >= (this.options.maxWaiting ?? 20_000)) {
      return Promise.reject(new ChatError('UNAVAILABLE'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when everything added so far is answered. */
  async drain(): Promise<void> {
    while (this.waiting.length > 0 || this.flushing) {
      await (this.flushing ?? new Promise(setImmediate));
    }
  }

  /** Waits for the event loop's turn to end, so that all frames of one read share a batch. */
  private schedule(): void {
    if (this.isScheduled || this.flushing) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  private start(): void {
    this.flushing = this.flush(this.nextBatch()).finally(() => {
      this.flushing = null;
      if (this.waiting.length > 0) this.start();
    });
  }

  private nextBatch(): Pending<T, R>[] {
    const max = this.options.maxBatch ?? 1_000;
    const { keyOf } = this.options;
    const batch: Pending<T, R>[] = [];
    const later: Pending<T, R>[] = [];
    const keys = new Set<string>();
    for (const pending of this.waiting) {
      const key = keyOf?.(pending.item) ?? null;
      const isRepeat = key !== null && keys.has(key);
      if (batch.length >= max || isRepeat) later.push(pending);
      else batch.push(pending);
      if (key !== null) keys.add(key);
    }
    this.waiting = later;
    return batch;
  }

  private async flush(batch: readonly Pending<T, R>[]): Promise<void> {
    const failure = await this.write(batch);
    if (!failure) return;
    if (batch.length > 1 && this.isItemsFault(failure.error)) await this.flushSingly(batch);
    else refuse(batch, failure.error);
  }

  /** One bad item must not fail its neighbours. */
  private async flushSingly(batch: readonly Pending<T, R>[]): Promise<void> {
    for (const [index, pending] of batch.entries()) {
      const failure = await this.write([pending]);
      if (!failure) continue;
      // When the database went away meanwhile, the rest would each wait for the same silence.
      const isAway = !this.isItemsFault(failure.error);
      refuse(isAway ? batch.slice(index) : [pending], failure.error);
      if (isAway) return;
    }
  }

  private isItemsFault(error: unknown): boolean {
    return this.options.isItemsFault?.(error) ?? false;
  }

  /** Settles a batch that was written; returns the error of one that was not. */
  private async write(batch: readonly Pending<T, R>[]): Promise<{ error: unknown } | null> {
    try {
      const results = await this.options.write(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
      this.options.onWritten?.(results);
      return null;
    } catch (error) {
      return { error };
    }
  }
}

function refuse<T, R>(batch: readonly Pending<T, R>[], error: unknown): void {
  for (const { reject } of batch) reject(error);
}
