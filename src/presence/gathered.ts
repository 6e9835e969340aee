/** As many as one statement is quick with. */
const AT_ONCE = 500;

interface Question<K, V> {
  readonly key: K;
  readonly resolve: (answer: V) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Questions that are asked one by one and put together: one query is under way, whoever asks
 * meanwhile shares the next.
 */
export class Gathered<K, V> {
  private readonly waiting: Question<K, V>[] = [];
  private isAsking = false;

  constructor(private readonly ask: (keys: readonly K[]) => Promise<(key: K) => V>) {}

  /** Rejects with all who shared the query. */
  of(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      if (!this.isAsking) void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) {
      const asked = this.waiting.splice(0, AT_ONCE);
      try {
        const answerTo = await this.ask(asked.map(({ key }) => key));
        for (const { key, resolve } of asked) resolve(answerTo(key));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.isAsking = false;
  }
}
