import type { UserId } from '../core/model/identity.js';
import type { Place, Spot } from '../core/model/presence.js';
import type { Soon } from '../core/soon.js';

/** What is done about one user at one place is done in order; nothing else waits for it. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** `task` does not reject. */
  take<T>(spot: Spot, task: () => Soon<T>): Soon<T> {
    const key = keyOf(spot.place, spot.userId);
    const turn = this.last.get(key)?.then(task) ?? task();
    if (!(turn instanceof Promise)) return turn;
    this.last.set(key, turn);
    void turn.then(() => {
      if (this.last.get(key) === turn) this.last.delete(key);
    });
    return turn;
  }
}

export const keyOf = (place: Place, userId: UserId): string => `${place} ${userId}`;
