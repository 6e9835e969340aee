import { Injectable, Logger } from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import { LIMITS } from '../core/core.limits.js';
import { ConversationsService } from '../core/conversations.service.js';
import type { ConversationId, ConversationSummary } from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import type { Message } from '../core/model/message.js';
import { ParticipantsService } from '../core/participants.service.js';
import { PermissionsService } from '../core/permissions.service.js';
import { MessageStore, type MessagePage } from '../core/ports/message-store.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { TypingService } from '../core/typing.service.js';
import { PresenceService } from '../presence/presence.service.js';
import { EventBus } from '../core/ports/event-bus.js';
import type { Connection, RoomName } from '../realtime/connection.js';
import { Registry } from '../realtime/registry.js';
import type { Subscription } from '../realtime/subscription.js';

export interface JoinOptions {
  /** The last `seq` the client has seen. */
  readonly afterSeq?: number | undefined;
  /** What the client calls the conversation, where its wire format repeats that. */
  readonly name?: RoomName;
}

export interface JoinedConversation {
  readonly summary: ConversationSummary;
  readonly onlineUsers: readonly UserId[];
  /** With `afterSeq`: what came after it, oldest first. */
  readonly missed: readonly Message[];
  readonly hasMore: boolean;
  /** To be called once the answer is sent: lets through what was held back meanwhile. */
  readonly release: () => void;
}

interface Arrival {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly done: Promise<void>;
}

/** The life of a connection, whatever it speaks: it opens, joins, leaves, closes. */
@Injectable()
export class SessionService {
  private readonly logger = new Logger('Session');
  private readonly departures = new Set<Promise<void>>();
  private readonly arrivals = new WeakMap<Connection, Arrival>();

  constructor(
    private readonly registry: Registry,
    private readonly presence: PresenceService,
    private readonly typing: TypingService,
    private readonly conversations: ConversationsService,
    private readonly participants: ParticipantsService,
    private readonly participantStore: ParticipantStore,
    private readonly messages: MessageStore,
    private readonly permissions: PermissionsService,
    private readonly bus: EventBus,
  ) {}

  /** Registers at once; resolves when the user's conversations are followed. */
  async open(connection: Connection): Promise<void> {
    this.registry.add(connection);
    this.logger.log({
      event: 'WS_CONNECT',
      ...nameplate(connection),
      address: connection.address,
    });
    const done = this.arrive(connection);
    this.arrivals.set(connection, { at: Date.now(), done });
    await done;
  }

  /** Ends the connection's typing and presence. Closing twice is closing once. */
  close(connection: Connection, reason: string): void {
    if (!this.registry.has(connection)) return;
    const departure = this.depart(connection, reason).finally(() => {
      this.departures.delete(departure);
    });
    this.departures.add(departure);
  }

  /** Resolves when all who have gone are counted out: before that the database is still needed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.departures);
  }

  private async depart(connection: Connection, reason: string): Promise<void> {
    const { identity, id } = connection;
    const joined = this.registry.remove(connection);
    const arrival = this.arrivals.get(connection);
    this.typing.endAll(id);
    this.logger.log({
      event: 'WS_DISCONNECT',
      ...nameplate(connection),
      reason,
      durationMs: arrival && Date.now() - arrival.at,
    });
    // A socket may go before its user was counted in: counted out first, it would stay for ever.
    await arrival?.done.catch(() => undefined);
    const isGone = await this.presence.disconnected(identity, id);
    if (isGone) return;
    for (const conversationId of joined) await this.lookAway(connection, conversationId);
  }

  /** The user is online still, but no socket of his may be left where this one was. */
  private async lookAway(
    { identity: { userId, username }, dialect }: Connection,
    conversationId: ConversationId,
  ): Promise<void> {
    const room = this.registry.room(conversationId);
    if (!room?.type || dialect.joinsByItself(room.type)) return;
    if (this.registry.isLookingIn(conversationId, userId)) return;
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'user.disconnected', userId, username },
    });
  }

  /**
   * Joins a conversation the user may enter. Events are held back from before the first read to
   * after the answer, so that the answer and what follows it neither overlap nor leave a gap.
   * CONVERSATION_NOT_FOUND, PERMISSION_DENIED, CONVERSATION_FULL.
   */
  async join(
    connection: Connection,
    conversationId: ConversationId,
    { afterSeq, name = null }: JoinOptions = {},
  ): Promise<JoinedConversation> {
    const subscription = this.registry.join(connection, conversationId);
    try {
      await this.participants.enter(connection.identity, conversationId);
      for (;;) {
        const summary = await this.conversations.get(connection.identity, conversationId);
        const missed = await this.missed(conversationId, afterSeq);
        // Another first join read later than this one, or more was heard of meanwhile: what lies
        // between is announced to nobody any more, so it is read.
        const known = this.registry.room(conversationId)?.announcedUpTo ?? 0;
        if (baselineOf(summary, missed) < known) continue;
        // Who joined before and asks for nothing has been told everything until now, or is owed it.
        const told =
          subscription.isPresent && afterSeq === undefined ? 0 : baselineOf(summary, missed);
        const joined = this.admit(subscription, summary, missed, told);
        subscription.name = name;
        return { ...joined, release: () => this.lookIn(connection, subscription, conversationId) };
      }
    } catch (error) {
      if (subscription.isPresent) {
        this.registry.room(conversationId)?.release(connection, subscription);
      } else if (!subscription.hasEnded) this.registry.leave(connection, conversationId);
      throw error;
    }
  }

  /**
   * Ends reception, save of what the dialect reads without joining; membership stays. Leaving what
   * was not joined is no error, leaving what does not exist is CONVERSATION_NOT_FOUND.
   */
  async leave(connection: Connection, conversationId: ConversationId): Promise<void> {
    const room = this.registry.room(conversationId);
    const subscription = room?.joined.get(connection);
    if (subscription && room?.type && connection.dialect.joinsByItself(room.type)) {
      subscription.name = null;
      this.typing.end(conversationId, connection.identity.userId);
      return;
    }
    if (!this.registry.leave(connection, conversationId)) {
      return this.permissions.assertExists(conversationId);
    }
    this.typing.end(conversationId, connection.identity.userId);
    await this.lookAway(connection, conversationId);
  }

  /** Whether the connection hears what is said there. */
  isJoined(connection: Connection, conversationId: ConversationId): boolean {
    return this.registry.room(conversationId)?.joined.has(connection) ?? false;
  }

  async onlineUsers(
    connection: Connection,
    conversationId: ConversationId,
  ): Promise<readonly UserId[]> {
    await this.permissions.assertMayRead(connection.identity, conversationId);
    return this.onlineIn(conversationId);
  }

  private async arrive(connection: Connection): Promise<void> {
    const { identity, id } = connection;
    const conversations = await this.participantStore.conversationsOf(identity.userId);
    this.registry.follow(connection, conversations);
    const conversationIds = conversations.map((conversation) => conversation.id);
    await this.presence.connected(identity, id, conversationIds);
  }

  private lookIn(
    connection: Connection,
    subscription: Subscription,
    conversationId: ConversationId,
  ): void {
    if (subscription.hasEnded) return;
    this.registry.room(conversationId)?.release(connection, subscription);
    const { userId, username } = connection.identity;
    const isFirst = !this.registry.isLookingIn(conversationId, userId);
    subscription.hasLookedIn = true;
    const event = { type: 'user.connected', userId, username } as const;
    if (isFirst) void this.bus.publish('room.event', { conversationId, event });
  }

  private admit(
    subscription: Subscription,
    summary: ConversationSummary,
    page: MessagePage,
    told: number,
  ): Omit<JoinedConversation, 'release'> {
    // Removed while it was joining: whatever was read before must not be told.
    if (subscription.hasEnded) throw new ChatError('PERMISSION_DENIED');
    const { id } = summary.conversation;
    subscription.admit(told);
    this.registry.room(id)?.describe(summary.conversation);
    return {
      summary,
      onlineUsers: this.onlineIn(id),
      missed: page.messages,
      hasMore: page.hasMore,
    };
  }

  private onlineIn(conversationId: ConversationId): readonly UserId[] {
    return [...(this.registry.room(conversationId)?.onlineUsers() ?? [])];
  }

  private async missed(
    conversationId: ConversationId,
    afterSeq: number | undefined,
  ): Promise<MessagePage> {
    if (afterSeq === undefined) return { messages: [], hasMore: false };
    const range = { after: afterSeq, limit: LIMITS.catchUp };
    return inOneAnswer(await this.messages.page(conversationId, range));
  }
}

/** Ends a page where it gets too long to be one answer. */
function inOneAnswer(page: MessagePage): MessagePage {
  let length = 0;
  const end = page.messages.findIndex(({ content, attachments }) => {
    length += content.length + attachments.join().length;
    return length > LIMITS.catchUpLength;
  });
  return end < 0 ? page : { messages: page.messages.slice(0, end), hasMore: true };
}

/** Whose connection it is, for the log. */
const nameplate = ({ identity, id, dialect }: Connection) => ({
  userId: identity.userId,
  connectionId: id,
  dialect: dialect.name,
});

/** The newest `seq` that the join's answer covers. */
const baselineOf = ({ conversation }: ConversationSummary, { messages }: MessagePage): number =>
  Math.max(conversation.lastSeq, messages.at(-1)?.seq ?? 0);
