import type { Spot, Stay } from '../core/model/presence.js';
import { keyOf } from './turns.js';

export interface LateStay {
  readonly spot: Spot;
  /** What Redis knew last; null: it is to say that itself. */
  readonly known: Stay | null;
}

/** What is still to be said to Redis: what it missed while it was away. */
export class LateStays {
  private readonly late = new Map<string, LateStay>();

  /** `known` holds unless something is owed already: that is older. */
  add(spot: Spot, known: Stay | null): void {
    const key = keyOf(spot.place, spot.userId);
    if (!this.late.has(key)) this.late.set(key, { spot, known });
  }

  has({ place, userId }: Spot): boolean {
    return this.late.has(keyOf(place, userId));
  }

  get isEmpty(): boolean {
    return this.late.size === 0;
  }

  /** Takes all of them: those that cannot be said are to be added again. */
  take(): LateStay[] {
    const taken = [...this.late.values()];
    this.late.clear();
    return taken;
  }
}
