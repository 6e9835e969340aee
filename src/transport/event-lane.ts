type Task = () => Promise<void>;

/**
 * The order of one connection's events. Each waits for those before it, so that a message sent
 * right after a join finds its sender joined. Sends that follow one another overlap: the log
 * keeps their order, and one commit serves them all. Tasks do not reject.
 */
export class EventLane {
  private count = 0;
  private bytes = 0;
  /** Settles with the last event that may not overlap; null when it has. */
  private barrier: Promise<void> | null = null;
  /** Those accepted after it that may, and are not done. */
  private readonly overlapping = new Set<Promise<void>>();

  /** Events not answered yet. */
  get pending(): number {
    return this.count;
  }

  /** What those events take, as they came in. */
  get pendingBytes(): number {
    return this.bytes;
  }

  /** Resolves when everything accepted so far is done. */
  async idle(): Promise<void> {
    await this.everything();
  }

  run(task: Task, mayOverlap: boolean, bytes = 0): void {
    this.count++;
    this.bytes += bytes;
    const before = mayOverlap ? this.barrier : this.everything();
    const settled: Promise<void> = (before ? before.then(task) : task()).then(() =>
      this.settle(settled, bytes),
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

  private settle(settled: Promise<void>, bytes: number): void {
    this.count--;
    this.bytes -= bytes;
    this.overlapping.delete(settled);
    if (this.barrier === settled) this.barrier = null;
  }
}
