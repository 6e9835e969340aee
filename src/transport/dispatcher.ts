import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import type { Nodes } from '../core/ports/nodes.js';
import type { EventLane } from './event-lane.js';
import type { EventQuota } from './event-quota.js';
import type { Reply } from './reply.js';

export type EventHandler = (payload: unknown, reply: Reply) => Promise<unknown>;

/** A connection that events come from. */
export interface EventSource {
  readonly lane: EventLane;
  readonly identity: Identity;
  readonly dialect: {
    /**
     * Whether an event may be under way together with its neighbours (see `EventLane`): only
     * where nothing but the log decides its order. The payload is not validated yet.
     */
    mayOverlap(eventName: string, payload: unknown): boolean;
    /** Whether an event is limited as a send: as long as it succeeds, it counts as nothing else. */
    isSend?(eventName: string): boolean;
    /** Whether an event is answered although the token has expired. */
    needsNoToken?(eventName: string): boolean;
    /** Bytes of events that may wait for each other, where they may be large. */
    readonly maxPendingBytes?: number;
  };
  /** Hangs up on a client whose token is no longer good; its events to come are refused. */
  expire(): void;
}

/** Events of one connection that may wait for each other; beyond it the client is too fast. */
const MAX_PENDING = 256;
const MAX_PENDING_BYTES = 2 * 1024 * 1024;

/** Events under way when the service stops get this long to be answered. */
const FINISH_WITHIN_MS = 8_000;

const unknownEvent = (): ChatError =>
  ChatError.invalid('event', 'must be an event of this protocol');

/** Brings each event of one connection to its handler, in order, and answers every one of them. */
export class Dispatcher {
  private isFinishing = false;

  constructor(
    private readonly source: EventSource,
    private readonly handlers: ReadonlyMap<unknown, EventHandler>,
    private readonly quota: EventQuota,
    private readonly nodes: Pick<Nodes, 'isCurrent' | 'current' | 'term' | 'hasBeenCurrentSince'>,
    private readonly hangUp: () => void,
  ) {}

  /**
   * Counts something that came in. RATE_LIMITED where it is one too many; who goes on regardless is
   * hung up on.
   */
  count(): ChatError | null {
    const refusal = this.quota.take();
    if (refusal && this.quota.isIgnored) this.hangUp();
    return refusal;
  }

  /** `bytes`: what the event took as it came in. */
  dispatch(event: unknown, payload: unknown, reply: Reply, bytes: number): void {
    const { dialect, lane } = this.source;
    const isSend = dialect.isSend?.(reply.eventName) ?? false;
    if (isSend) reply.whenFailed(() => this.count());
    const refusal = isSend ? null : this.count();
    if (refusal) return reply.fail(refusal);
    const handler = this.handlers.get(event);
    const { maxPendingBytes: maxBytes = MAX_PENDING_BYTES } = dialect;
    if (!handler) {
      if (this.mayBeHeard(reply)) reply.fail(unknownEvent());
    } else if (this.isFinishing) {
      reply.fail(new ChatError('UNAVAILABLE'));
    } else if (lane.pending >= MAX_PENDING || lane.pendingBytes >= maxBytes) {
      reply.fail(new ChatError('RATE_LIMITED', { retryAfter: 1 }));
    } else {
      const mayOverlap = dialect.mayOverlap(reply.eventName, payload);
      lane.run(() => this.answer(handler, payload, reply), mayOverlap, bytes);
    }
  }

  /** Refuses new events from now on; resolves when those before are answered. */
  async finish(): Promise<void> {
    this.isFinishing = true;
    const deadline = new Promise((resolve) => setTimeout(resolve, FINISH_WITHIN_MS).unref());
    await Promise.race([this.source.lane.idle(), deadline]);
  }

  private async answer(handler: EventHandler, payload: unknown, reply: Reply): Promise<void> {
    try {
      // Who may do what, this node may not know at the moment.
      if (!this.nodes.isCurrent) await this.nodes.current();
      // At the event's turn: what went before it may have renewed the token.
      if (!this.mayBeHeard(reply)) return;
      const { term } = this.nodes;
      const answer = await handler(payload, reply);
      if (!this.nodes.hasBeenCurrentSince(term)) await this.assertStillTrue(reply);
      // A handler that failed was answered by the exception filter; this changes nothing then.
      if (answer === undefined) reply.fail(new Error('The handler returned nothing'));
      else reply.succeed(answer);
    } catch (error) {
      reply.fail(error);
    }
  }

  /**
   * This node was cut off while it worked: what it read may be nothing for that user any more. What
   * was sent is stored or not, as the log said. UNAVAILABLE.
   */
  private async assertStillTrue({ eventName }: Reply): Promise<void> {
    if (this.source.dialect.isSend?.(eventName)) return;
    await this.nodes.current();
    throw new ChatError('UNAVAILABLE');
  }

  /** Hangs up on a client whose token has expired, unless the event needs none. */
  private mayBeHeard(reply: Reply): boolean {
    const { dialect, identity } = this.source;
    if (Date.now() < identity.expiresAt || dialect.needsNoToken?.(reply.eventName)) return true;
    reply.fail(new ChatError('AUTH_FAILED'));
    this.source.expire();
    return false;
  }
}
