import { performance } from 'node:perf_hooks';

const LEASE_MS = 5_000;
/** This node believes in its lease for so much less than the others do. */
const MARGIN_MS = 500;

export const LEASE = `interval '${LEASE_MS} milliseconds'`;

interface Moment {
  /** Goes on while the process is stopped, but not while the whole machine is. */
  readonly monotonic: number;
  readonly wall: number;
}

export const now = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/** How long this node may go on, by its own clocks: the one that has gone further counts. */
export class Lease {
  private from: Moment = { monotonic: -Infinity, wall: -Infinity };

  get holds(): boolean {
    return elapsedSince(this.from) < LEASE_MS - MARGIN_MS;
  }

  /** Taken by a statement that was sent then. */
  extend(sentAt: Moment): void {
    this.from = sentAt;
  }
}

const elapsedSince = (moment: Moment): number =>
  Math.max(performance.now() - moment.monotonic, Date.now() - moment.wall);
