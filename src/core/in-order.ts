/** Hands on what is under way in the order in which it was begun; what has another key does not wait. */
export class InOrder {
  /** Nothing is kept of a key under which nothing is under way. */
  private readonly last = new Map<string, Promise<unknown>>();

  /** Settles as `answer` does, and not before all that was begun earlier under this key. */
  after<T>(key: string, answer: Promise<T>): Promise<T> {
    const before = this.last.get(key);
    // Whatever became of the others: their failures are theirs.
    const mine = before ? Promise.allSettled([before, answer]).then(() => answer) : answer;
    this.last.set(key, mine);
    const forget = () => {
      if (this.last.get(key) === mine) this.last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }
}
