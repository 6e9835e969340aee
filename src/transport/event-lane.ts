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
  /** Settles with everything accepted so far; null when nothing is under way. */
  private everything: Promise<unknown> | null = null;

  /** Events not answered yet. */
  get pending(): number {
    return this.count;
  }

  /** Resolves when everything accepted so far is done. */
  async idle(): Promise<void> {
    await this.everything;
  }

  run(task: Task, mayOverlap: boolean): void {
    this.count++;
    const before = mayOverlap ? this.barrier : this.everything;
    const settled: Promise<void> = (before ? before.then(task) : task()).then(() =>
      this.settle(settled),
    );
    this.everything = this.everything ? Promise.all([this.everything, settled]) : settled;
    if (!mayOverlap) this.barrier = settled;
  }

  private settle(settled: Promise<void>): void {
    this.count--;
    if (this.barrier === settled) this.barrier = null;
    if (this.count === 0) this.everything = null;
  }
}
