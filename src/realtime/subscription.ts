import type { RoomEvent } from '../core/core.events.js';
import type { Expulsion, RoomName } from './connection.js';

let moment = 0;

/** Counts what happens, so that it can be said what came first. */
export const nextMoment = (): number => ++moment;

/**
 * One connection's place in one conversation. While the join reads what was missed, events are
 * held back; once its answer is sent they follow, without those the answer told already. So a
 * reader sees every message once and in order.
 */
export class Subscription {
  /** How many reads of the log are under way for it: each tells what the others must not. */
  private holds = 0;
  private held: RoomEvent[] = [];
  private baseline = 0;
  private wasAdmitted = false;
  private isEnded = false;
  /** Who ended it but the client itself. */
  expulsion: Expulsion | null = null;
  /** When it was admitted; 0 before. */
  since = 0;
  /** Whether the others were told that the user looks in. */
  hasLookedIn = false;
  /** Whether it looks in where its dialect would not by itself: so it may look away again. */
  mayLookAway = false;
  /** Whether it counts among those who are in the conversation: from just before its admission. */
  isCounted = false;
  /** Whether it came by a join: what a dialect reads by itself nobody has entered. */
  hasEntered = false;
  /** What the client called the conversation when it joined. */
  name: RoomName = null;

  /** One that needs no join: it reads what comes after `baseline`, from now on. */
  static live(baseline: number): Subscription {
    const subscription = new Subscription();
    subscription.admit(baseline);
    subscription.hasLookedIn = true;
    subscription.isCounted = true;
    return subscription;
  }

  /** Whether events may be written now. */
  get isLive(): boolean {
    return this.holds === 0;
  }

  /** Whether the join succeeded once: only then the user counts as present. */
  get isPresent(): boolean {
    return this.wasAdmitted && !this.isEnded;
  }

  /** Whether the join succeeded, whatever became of it since. */
  get isAdmitted(): boolean {
    return this.wasAdmitted;
  }

  get hasEnded(): boolean {
    return this.isEnded;
  }

  hold(): void {
    this.holds++;
  }

  keep(events: readonly RoomEvent[]): void {
    this.held.push(...events);
  }

  /** The join's answer covers everything up to this `seq`. */
  admit(baseline: number): void {
    if (!this.wasAdmitted) this.since = nextMoment();
    this.wasAdmitted = true;
    this.baseline = Math.max(this.baseline, baseline);
  }

  /** Undoes one `hold`; the last of them returns what is still news. */
  release(): readonly RoomEvent[] {
    if (--this.holds > 0) return [];
    const { held } = this;
    this.held = [];
    return this.newsOf(held);
  }

  /** Whether the join's answer told the message of this `seq` already. */
  knows(seq: number): boolean {
    return seq <= this.baseline;
  }

  /** The events without the messages that the join's answer told already. */
  newsOf(events: readonly RoomEvent[]): readonly RoomEvent[] {
    return events.filter(
      (event) => event.type !== 'message.created' || !this.knows(event.message.seq),
    );
  }

  /** The answer to the join is sent, and the others are told. */
  enter(): void {
    this.hasLookedIn = true;
    this.hasEntered = true;
  }

  /** The connection left or was removed: whatever was under way must not bring it back. */
  end(why: Expulsion | null = null): void {
    this.isEnded = true;
    this.expulsion = why;
    this.held = [];
  }
}
