import type { Rate } from '../config/variable.js';

/** Times the rate that may be refused in its time: a client in good faith waits when it is told to. */
const PATIENCE = 5;

/** Lets `count` through at once, and as many again, evenly, in the time after that. */
export class TokenBucket {
  private level: number;
  private filledAt = Date.now();
  private refused = 0;
  private windowEnds = 0;

  constructor(private readonly rate: Rate) {
    this.level = rate.count;
  }

  /** Takes one. Returns 0, or the whole seconds to wait where there is none left. */
  take(): number {
    const { count, seconds } = this.rate;
    const now = Date.now();
    // A clock that was set back fills nothing.
    const passed = Math.max(0, now - this.filledAt) / 1_000;
    this.filledAt = now;
    this.level = Math.min(count, this.level + (passed * count) / seconds);
    if (this.level < 1) return this.refuse(now);
    this.level--;
    return 0;
  }

  /** Whether somebody goes on regardless of refusals. */
  get isIgnored(): boolean {
    return this.refused >= PATIENCE * this.rate.count;
  }

  private refuse(now: number): number {
    const { count, seconds } = this.rate;
    if (now > this.windowEnds) {
      this.windowEnds = now + seconds * 1_000;
      this.refused = 0;
    }
    this.refused++;
    return Math.max(1, Math.ceil(((1 - this.level) * seconds) / count));
  }
}
