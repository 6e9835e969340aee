const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** A worker that ran this long is not the victim of whatever ended the one before. */
const STABLE_AFTER_MS = 10_000;

/** How long to wait before another worker takes the place of one that died. */
export class RestartPause {
  private pauseMs = 0;

  /** None after one that ran well, else twice as long each time. In milliseconds. */
  after(ranForMs: number): number {
    const isStable = ranForMs > STABLE_AFTER_MS;
    this.pauseMs = isStable ? 0 : Math.min(Math.max(this.pauseMs * 2, FIRST_MS), LONGEST_MS);
    return this.pauseMs;
  }
}
