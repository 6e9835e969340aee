import type { RoomEvent } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import type { Connection, Dialect } from './connection.js';
import { Frames } from './frames.js';
import { Subscription } from './subscription.js';

/** Renders for each dialect at most once, and only when somebody speaks it. */
export function renderOnce(
  render: (dialect: Dialect) => (string | null)[],
): (dialect: Dialect) => Frames | null {
  const rendered = new Map<Dialect, Frames | null>();
  return (dialect) => {
    const known = rendered.get(dialect);
    if (known !== undefined) return known;
    const texts = render(dialect).filter((text) => text !== null);
    const frames = texts.length > 0 ? new Frames(texts, dialect.framePrefix) : null;
    rendered.set(dialect, frames);
    return frames;
  };
}

export type ChangeOfMessage = Extract<
  RoomEvent,
  { type: 'message.updated' } | { type: 'message.deleted' }
>;

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
  private postponed: ChangeOfMessage[] = [];
  /** Where the cursor began: what is up to there is announced to nobody any more. */
  startedAt = 0;

  constructor(readonly conversationId: ConversationId) {}

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
  postpone(event: ChangeOfMessage): void {
    this.postponed.push(event);
  }

  /** Emits the changes whose messages have been delivered by now. */
  emitPostponed(): void {
    if (this.postponed.length === 0) return;
    const cursor = this.cursor ?? 0;
    const due = this.postponed.filter(({ message }) => message.seq <= cursor);
    this.postponed = this.postponed.filter(({ message }) => message.seq > cursor);
    if (due.length > 0) this.emit(due);
  }

  /** Users with a socket joined, each once. */
  onlineUsers(): Set<UserId> {
    const users = new Set<UserId>();
    for (const [connection, subscription] of this.joined) {
      if (subscription.isPresent) users.add(connection.identity.userId);
    }
    return users;
  }

  /**
   * Writes the events to everyone joined: one encoding per dialect, one write per socket. What is
   * committed is announced a moment later; who joined between the two knows it from the answer.
   */
  emit(events: readonly RoomEvent[], exceptUserId?: UserId): void {
    const framesFor = this.renderer(events);
    const [first] = events;
    const firstSeq = first?.type === 'message.created' ? first.message.seq : Infinity;
    for (const [connection, subscription] of this.joined) {
      if (connection.identity.userId === exceptUserId) continue;
      if (!subscription.isLive) {
        subscription.keep(events);
        continue;
      }
      const isKnown = subscription.knows(firstSeq);
      const framesOf = isKnown ? this.renderer(subscription.newsOf(events)) : framesFor;
      const frames = framesOf(connection.dialect);
      if (frames) connection.write(frames);
    }
  }

  /** Sends a connection what was held back for it. */
  release(connection: Connection): void {
    const events = this.joined.get(connection)?.release() ?? [];
    const frames = events.length > 0 ? this.renderer(events)(connection.dialect) : null;
    if (frames) connection.write(frames);
  }

  private renderer(events: readonly RoomEvent[]): (dialect: Dialect) => Frames | null {
    return renderOnce(({ present }) =>
      events.map((event) => present.roomEvent(this.conversationId, event)),
    );
  }
}
