const RETRY_MS = 2_000;
const MOST = 100_000;
/** At once. */
const BATCH = 500;

type Task = () => Promise<void>;

/** What could not be done while the database was away: it is tried until it can. */
export class Retries {
  private readonly tasks: Task[] = [];
  private timer: NodeJS.Timeout | null = null;
  private isOver = false;

  /** Returns false where there are too many, or nothing is done any more. */
  add(task: Task): boolean {
    if (this.isOver || this.tasks.length >= MOST) return false;
    this.tasks.push(task);
    this.timer ??= this.wait();
    return true;
  }

  end(): void {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private wait(): NodeJS.Timeout {
    return setTimeout(() => void this.goRound(), RETRY_MS).unref();
  }

  private async goRound(): Promise<void> {
    let hasFailed = false;
    while (this.tasks.length > 0 && !hasFailed) {
      const batch = this.tasks.splice(0, BATCH);
      const outcomes = await Promise.allSettled(batch.map((task) => task()));
      const failed = batch.filter((_, n) => outcomes[n]?.status === 'rejected');
      this.tasks.push(...failed);
      hasFailed = failed.length > 0;
    }
    this.timer = this.tasks.length > 0 && !this.isOver ? this.wait() : null;
  }
}
