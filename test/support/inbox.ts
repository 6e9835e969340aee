import { within } from './patience.js';

type Json = Record<string, unknown>;

export interface Received {
  readonly event: string;
  readonly payload: Json;
}

interface Waiter {
  readonly matches: (received: Received) => boolean;
  readonly resolve: (payload: Json) => void;
}

/** Keeps everything that a client receives until a test asks for it: nothing is missed. */
export class Inbox {
  /** Everything received so far, in order, taken or not. */
  readonly log: Received[] = [];
  private readonly untaken: Received[] = [];
  private readonly waiters = new Set<Waiter>();

  /** The next one of that name not taken yet that fits, now or later. */
  next(event: string, fits: (payload: Json) => boolean = () => true): Promise<Json> {
    const matches = (received: Received) => received.event === event && fits(received.payload);
    const index = this.untaken.findIndex(matches);
    const [found] = index < 0 ? [] : this.untaken.splice(index, 1);
    if (found) return Promise.resolve(found.payload);
    return within(
      `the event ${event}`,
      new Promise((resolve) => this.waiters.add({ matches, resolve })),
    );
  }

  receive(received: Received): void {
    this.log.push(received);
    for (const waiter of this.waiters) {
      if (!waiter.matches(received)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(received.payload);
      return;
    }
    this.untaken.push(received);
  }
}
