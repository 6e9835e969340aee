import type { Pace } from './ports/rule-compiler.js';

interface Window {
  readonly endsAt: number;
  count: number;
}

/** Counts as the limiter does, by when messages were sent: for what was sent long ago. */
export class PaceHistory {
  private readonly windows = new Map<string, Window>();

  /** Whether it was still free then; messages come in the order in which they were sent. */
  take({ rate, key }: Pace, sentAt: Date): boolean {
    const now = sentAt.getTime();
    const open = this.windows.get(key);
    if (!open || open.endsAt <= now) {
      this.windows.set(key, { endsAt: now + rate.seconds * 1_000, count: 1 });
      return true;
    }
    if (open.count >= rate.count) return false;
    open.count++;
    return true;
  }
}
