type Task = () => Promise<void>;

/**
 * The order of one connection's events. Each waits for those before it, so that a message sent
 * right after a join finds its sender joined. Sends that follow one another overlap: the log
 * keeps their order, and one commit serves them all. Tasks do not reject.
 */
export class EventLane {
  private count = 0;
  /** Settles with the last event that may not overlap; null when it has. */
  private barrier: Promise<void> | null = null;
  /** Those accepted after it that may, and are not done. */
  private readonly overlapping = new Set<Promise<void>>();

  /** Events not answered yet. */
  get pending(): number {
    return this.count;
  }

  /** Resolves when everything accepted so far is done. */
  async idle(): Promise<void> {
    await this.everything();
  }

  run(task: Task, mayOverlap: boolean): void {
    this.count++;
    const before = mayOverlap ? this.barrier : this.everything();
    const settled: Promise<void> = (before ? before.then(task) : task()).then(() =>
      this.settle(settled),
    );
    if (mayOverlap) {
      this.overlapping.add(settled);
    } else {
      this.overlapping.clear();
      this.barrier = settled;
    }
  }

  /** Made where it is asked for: a chain kept up to date would grow while the lane is busy. */
  private everything(): Promise<unknown> | null {
    if (this.overlapping.size === 0) return this.barrier;
    return Promise.all([this.barrier, ...this.overlapping]);
  }

  private settle(settled: Promise<void>): void {
    this.count--;
    this.overlapping.delete(settled);
    if (this.barrier === settled) this.barrier = null;
  }
}
