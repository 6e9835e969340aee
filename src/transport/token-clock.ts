import type { Identity } from '../core/model/identity.js';
import type { EventLane } from './event-lane.js';

/** A connection whose token may expire. */
export interface TokenHolder {
  readonly identity: Identity;
  readonly lane: EventLane;
  /** The token is good for a minute at most. */
  announceExpiry?(): void;
  /** Tells the client that its token is good no longer, and hangs up. */
  signOut(): void;
}

/** How long before it expires a client hears of it, and how short a while is not worth a word. */
const NOTICE_MS = 60_000;
const LEAST_NOTICE_MS = 1_000;
/** Events under way get this long to be answered: a new token may be among them. */
const GRACE_MS = 1_000;
/** What `setTimeout` can wait for; what it cannot, it does at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * Keeps the time of one connection's token: says that it is running out, and ends the connection
 * when it has. One timer at most, and none for a token without an end.
 */
export class TokenClock {
  private timer: NodeJS.Timeout | null = null;
  private isAnnounced = false;
  private isStopped = false;

  constructor(private readonly holder: TokenHolder) {}

  /** From now on; again after the token was renewed. What is due already comes after this turn. */
  start(): void {
    this.isAnnounced = false;
    this.waitUntil(this.nextMoment(), () => this.tick());
  }

  /** For good. */
  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private tick(): void {
    const left = this.holder.identity.expiresAt - Date.now();
    if (left <= 0) return this.finish();
    if (left <= NOTICE_MS && !this.isAnnounced) {
      this.isAnnounced = true;
      if (left >= LEAST_NOTICE_MS) this.holder.announceExpiry?.();
    }
    this.waitUntil(this.nextMoment(), () => this.tick());
  }

  private nextMoment(): number {
    const { expiresAt } = this.holder.identity;
    return this.isAnnounced ? expiresAt : expiresAt - NOTICE_MS;
  }

  /** What the client sent in time is answered first. */
  private finish(): void {
    const end = (): void => {
      const isOver = Date.now() >= this.holder.identity.expiresAt;
      if (isOver && !this.isStopped) this.holder.signOut();
    };
    this.waitUntil(Date.now() + GRACE_MS, end);
    void this.holder.lane.idle().then(end);
  }

  private waitUntil(moment: number, action: () => void): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.isStopped || moment === Infinity) return;
    const wait = Math.min(Math.max(0, moment - Date.now()), LONGEST_WAIT_MS);
    this.timer = setTimeout(action, wait).unref();
  }
}
