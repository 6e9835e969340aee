/** What is done again and again: one after the other, however long each takes; never two at once. */
export class Rounds {
  private timer: NodeJS.Timeout | null = null;
  private underWay: Promise<void> | null = null;
  private isOver = false;

  /** `round` does not reject. */
  constructor(
    private readonly everyMs: number,
    private readonly round: () => Promise<void>,
  ) {}

  /** Whether the last one is under way, or over. */
  get areEnding(): boolean {
    return this.isOver;
  }

  /** The first one comes after that time; `now` begins at once. */
  begin(): void {
    if (!this.timer) this.schedule();
  }

  /** At once, unless one is under way: then after it. */
  async now(): Promise<void> {
    while (this.underWay) await this.underWay;
    if (this.isOver) return;
    if (this.timer) clearTimeout(this.timer);
    this.underWay = this.round().finally(() => (this.underWay = null));
    await this.underWay;
    this.schedule();
  }

  /** Resolves when the last one is over. */
  async end(): Promise<void> {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
    await this.underWay;
  }

  private schedule(): void {
    if (this.isOver) return;
    this.timer = setTimeout(() => void this.now(), this.everyMs).unref();
  }
}
