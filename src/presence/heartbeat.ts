/** One after the other, however long they take; never two at once. */
export class Heartbeat {
  private timer: NodeJS.Timeout | null = null;
  private underWay: Promise<void> | null = null;
  private isOver = false;

  constructor(
    private readonly everyMs: number,
    private readonly beat: () => Promise<void>,
  ) {}

  /** At once, unless one is under way: then after it. */
  async now(): Promise<void> {
    while (this.underWay) await this.underWay;
    if (this.isOver) return;
    if (this.timer) clearTimeout(this.timer);
    this.underWay = this.beat().finally(() => (this.underWay = null));
    await this.underWay;
    this.next();
  }

  async end(): Promise<void> {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
    await this.underWay;
  }

  private next(): void {
    if (this.isOver) return;
    this.timer = setTimeout(() => void this.now(), this.everyMs).unref();
  }
}
