import type { RoomEvent } from '../core/core.events.js';
import type { ConversationHead, ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type UserId } from '../core/model/identity.js';
import type { Message } from '../core/model/message.js';
import type { Connection, Dialect } from './connection.js';
import { renderForReaders } from './rendering.js';
import { nextMoment, Subscription } from './subscription.js';

export type ChangeOfMessage = Extract<
  RoomEvent,
  { type: 'message.updated' } | { type: 'message.deleted' } | { type: 'message.reaction' }
>;

const CHANGES = new Set<RoomEvent['type']>([
  'message.updated',
  'message.deleted',
  'message.reaction',
]);

export const isChangeOfMessage = (event: RoomEvent): event is ChangeOfMessage =>
  CHANGES.has(event.type);

/** Of the message that is changed. */
export const seqOf = (event: ChangeOfMessage): number =>
  event.type === 'message.reaction' ? event.seq : event.message.seq;

export type PresenceEvent = Extract<
  RoomEvent,
  { type: 'user.connected' } | { type: 'user.disconnected' }
>;

export type VisitEvent = Extract<RoomEvent, { type: 'user.entered' } | { type: 'user.left' }>;

export interface Audience {
  /** Whose sockets are left out. */
  readonly exceptUserId?: UserId | undefined;
  /** Whose sockets alone are meant. */
  readonly onlyUserId?: UserId | undefined;
  /** Only who joined after this moment. */
  readonly since?: number | undefined;
}

const created = (message: Message) => ({ type: 'message.created', message }) as const;

/** Whose the messages are alone, where they are a shadow banned user's; else null. */
const ownerOf = ({ isShadowed, senderId }: Message): UserId | null =>
  isShadowed ? senderId : null;

/** Splits what was committed where another is to hear of it. */
function runsOf(messages: readonly Message[]) {
  const runs: { readonly owner: UserId | null; readonly events: RoomEvent[] }[] = [];
  for (const message of messages) {
    const owner = ownerOf(message);
    const last = runs.at(-1);
    if (last?.owner === owner) last.events.push(created(message));
    else runs.push({ owner, events: [created(message)] });
  }
  return runs;
}

/** This node's sockets of one conversation. */
export class Room {
  /** Connections that read the conversation. */
  readonly joined = new Map<Connection, Subscription>();
  /** Connections of participants who are looking elsewhere: they get notifications. */
  readonly following = new Set<Connection>();
  /** `seq` of the last message delivered here; null until the first is known. */
  cursor: number | null = null;
  /** The newest `seq` heard of, where it is ahead of the cursor. */
  head = 0;
  isFilling = false;
  /** Changes of messages that are still on their way here. */
  private postponed: { readonly event: ChangeOfMessage; readonly audience: Audience }[] = [];
  /** Where the cursor began: what is up to there is announced to nobody any more. */
  startedAt = 0;
  /** Unknown until somebody's subscription is live, before which nothing is told. */
  private facts: Omit<ConversationHead, 'lastSeq'> | null = null;
  /** What was told last of a user's presence, and when. */
  private readonly told = new Map<UserId, { isConnected: boolean; at: number }>();

  constructor(readonly conversationId: ConversationId) {}

  get type(): ConversationHead['type'] | null {
    return this.facts?.type ?? null;
  }

  /** Where delivery starts, unless it has: what is up to `lastSeq` is announced to nobody. */
  describe({ id, type, pair, lastSeq }: ConversationHead): void {
    this.facts ??= { id, type, pair };
    this.startAt(lastSeq);
  }

  /** The user went offline: when he comes next, he comes anew. */
  forgetPresence(userId: UserId): void {
    this.told.delete(userId);
  }

  /** What comes after this is still to be announced to whoever joins now. */
  get announcedUpTo(): number {
    return this.cursor === null ? this.head : this.startedAt;
  }

  get isEmpty(): boolean {
    return this.joined.size === 0 && this.following.size === 0;
  }

  /** Sets the cursor where nothing has been delivered yet. */
  startAt(seq: number): void {
    if (this.cursor !== null) return;
    this.cursor = seq;
    this.startedAt = seq;
  }

  /** Holds back a change until the message it changes was delivered. */
  postpone(event: ChangeOfMessage, audience: Audience): void {
    this.postponed.push({ event, audience });
  }

  /** Announces what was committed: to everyone, but for what the shadow banned say. */
  announce(messages: readonly Message[]): void {
    for (const { owner, events } of runsOf(messages)) {
      this.emit(events, owner === null ? {} : { onlyUserId: owner });
    }
  }

  /** Emits the changes whose messages have been delivered by now. */
  emitPostponed(): void {
    if (this.postponed.length === 0) return;
    const cursor = this.cursor ?? 0;
    const due = this.postponed.filter(({ event }) => seqOf(event) <= cursor);
    this.postponed = this.postponed.filter(({ event }) => seqOf(event) > cursor);
    for (const { event, audience } of due) this.emit([event], audience);
  }

  /**
   * Tells everyone else that a user came or went, except those who were told: who comes online
   * and looks in later comes once, and who looked away and goes offline later goes once.
   */
  emitPresence(event: PresenceEvent): void {
    if (!this.hasReaderOf('online-per-room')) return;
    const { userId } = event;
    // Each of these comes once, and goes once.
    if (isAnonymous(userId)) return this.emit([event], { exceptUserId: userId });
    const isConnected = event.type === 'user.connected';
    const last = this.told.get(userId);
    this.told.set(userId, { isConnected, at: nextMoment() });
    const since = last?.isConnected === isConnected ? last.at : undefined;
    this.emit([event], { exceptUserId: userId, since });
  }

  emitVisit(event: VisitEvent): void {
    if (this.hasReaderOf('visits')) this.emit([event], { exceptUserId: event.userId });
  }

  private hasReaderOf(presence: Dialect['presence']): boolean {
    for (const { dialect } of this.joined.keys()) if (dialect.presence === presence) return true;
    return false;
  }

  /**
   * Writes the events to everyone joined: one encoding per dialect, one write per socket. What is
   * committed is announced a moment later; who joined between the two knows it from the answer.
   */
  emit(events: readonly RoomEvent[], { exceptUserId, onlyUserId, since = 0 }: Audience = {}): void {
    const framesFor = this.renderer(events);
    const [first] = events;
    const firstSeq = first?.type === 'message.created' ? first.message.seq : Infinity;
    for (const [connection, subscription] of this.joined) {
      const { userId } = connection.identity;
      if (userId === exceptUserId || userId !== (onlyUserId ?? userId)) continue;
      if (subscription.since < since) continue;
      if (!subscription.isLive) {
        subscription.keep(events);
        continue;
      }
      const isKnown = subscription.knows(firstSeq);
      const framesOf = isKnown ? this.renderer(subscription.newsOf(events)) : framesFor;
      const frames = framesOf(connection, subscription.name);
      if (frames) connection.write(frames);
    }
  }

  /** Tells one connection what it has missed, and then what was held back for it meanwhile. */
  tell(connection: Connection, subscription: Subscription, missed: readonly Message[]): void {
    if (this.joined.get(connection) !== subscription) return;
    const { userId } = connection.identity;
    const told = missed.filter(({ isShadowed, senderId }) => !isShadowed || senderId === userId);
    this.write(connection, subscription, subscription.newsOf(told.map(created)));
    subscription.admit(missed.at(-1)?.seq ?? 0);
    this.release(connection, subscription);
  }

  /** Sends a connection what was held back for it, unless it has left, or come anew, since. */
  release(connection: Connection, subscription: Subscription): void {
    if (this.joined.get(connection) !== subscription) return;
    this.write(connection, subscription, subscription.release());
  }

  private write(
    connection: Connection,
    { name }: Subscription,
    events: readonly RoomEvent[],
  ): void {
    if (events.length === 0) return;
    const frames = this.renderer(events)(connection, name);
    if (frames) connection.write(frames);
  }

  private renderer(events: readonly RoomEvent[]): ReturnType<typeof renderForReaders> {
    return this.facts ? renderForReaders(this.facts, events) : () => null;
  }
}
