import { Inject, Injectable } from '@nestjs/common';
import { ConversationsService } from '../core/conversations.service.js';
import { ChatError } from '../core/core.errors.js';
import { LIMITS } from '../core/core.limits.js';
import type {
  Conversation,
  ConversationId,
  ConversationSummary,
} from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import type { Stay } from '../core/model/presence.js';
import type { Message } from '../core/model/message.js';
import { ParticipantsService } from '../core/participants.service.js';
import { PermissionsService } from '../core/permissions.service.js';
import { seenBy } from '../core/shadows.js';
import { MessageStore, type MessagePage } from '../core/ports/message-store.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { TypingService } from '../core/typing.service.js';
import type { Connection, RoomName } from '../realtime/connection.js';
import { Registry } from '../realtime/registry.js';
import type { Subscription } from '../realtime/subscription.js';
import { ComingsService } from './comings.service.js';
import { baselineOf, inOneAnswer, occupancyOf, type Occupancy } from './joining-answer.js';
import { RoomKeeper } from './room-keeper.js';

/** Conversations that one connection may have joined, besides those its dialect reads by itself. */
export const MAX_ROOMS_PER_CONNECTION = Symbol('MAX_ROOMS_PER_CONNECTION');

export interface JoinOptions {
  /** The last `seq` the client has seen. */
  readonly afterSeq?: number | undefined;
  /** What the client calls the conversation, where its wire format repeats that. */
  readonly name?: RoomName;
}

export interface JoinedConversation extends Occupancy {
  readonly summary: ConversationSummary;
  /** With `afterSeq`: what came after it, oldest first. */
  readonly missed: readonly Message[];
  readonly hasMore: boolean;
  /** To be called once the answer is sent: lets through what was held back meanwhile. */
  readonly release: () => void;
}

/** A connection's places: it joins conversations, and leaves them. */
@Injectable()
export class JoiningService {
  constructor(
    private readonly registry: Registry,
    private readonly typing: TypingService,
    private readonly conversations: ConversationsService,
    private readonly participants: ParticipantsService,
    private readonly messages: MessageStore,
    private readonly permissions: PermissionsService,
    private readonly keeper: RoomKeeper,
    private readonly comings: ComingsService,
    private readonly store: PresenceStore,
    @Inject(MAX_ROOMS_PER_CONNECTION) private readonly maxRooms: number,
  ) {}

  /**
   * Joins a conversation the user may enter. Events are held back from before the first read to
   * after the answer, so that the answer and what follows it neither overlap nor leave a gap.
   * CONVERSATION_NOT_FOUND, PERMISSION_DENIED, BANNED, CONVERSATION_FULL; CONFLICT where it has
   * joined too many.
   */
  async join(
    connection: Connection,
    conversationId: ConversationId,
    { afterSeq, name = null }: JoinOptions = {},
  ): Promise<JoinedConversation> {
    this.assertMayJoinMore(connection, conversationId);
    const subscription = this.registry.join(connection, conversationId);
    try {
      await this.participants.enter(connection.identity, conversationId);
      for (;;) {
        const summary = await this.conversations.get(connection.identity, conversationId);
        if (summary.conversation.type === 'live') await this.keeper.enter(conversationId);
        const missed = await this.missed(connection, conversationId, afterSeq);
        const present = await this.countIn(connection, subscription, summary.conversation);
        // Another first join read later than this one, or more was heard of meanwhile: what lies
        // between is announced to nobody any more, so it is read.
        const known = this.registry.room(conversationId)?.announcedUpTo ?? 0;
        if (baselineOf(summary, missed) < known) continue;
        // Who joined before and asks for nothing has been told everything until now, or is owed it.
        const told =
          subscription.isPresent && afterSeq === undefined ? 0 : baselineOf(summary, missed);
        if (subscription.hasEnded)
          throw await this.refusal(connection, conversationId, subscription);
        if (!present) throw new ChatError('CONVERSATION_FULL');
        const joined = this.admit(subscription, summary, missed, told);
        subscription.name = name;
        const { type } = summary.conversation;
        subscription.mayLookAway = !connection.dialect.joinsByItself(type);
        return {
          ...joined,
          ...occupancyOf(present),
          release: () => this.lookIn(connection, subscription, conversationId),
        };
      }
    } catch (error) {
      this.giveUp(connection, subscription, conversationId);
      throw error;
    }
  }

  private assertMayJoinMore(connection: Connection, conversationId: ConversationId): void {
    if (this.registry.joinedBy(connection) < this.maxRooms) return;
    if (this.isJoined(connection, conversationId)) return;
    throw new ChatError('CONFLICT', {
      text: `This connection has joined ${this.maxRooms} conversations; leave some first.`,
    });
  }

  /** Who had joined before stays, and hears what was held back for the sake of the answer. */
  private giveUp(
    connection: Connection,
    subscription: Subscription,
    conversationId: ConversationId,
  ): void {
    if (subscription.isPresent) {
      this.registry.room(conversationId)?.release(connection, subscription);
    } else if (!subscription.hasEnded) {
      this.registry.leave(connection, conversationId);
      void this.comings.update(conversationId, connection.identity);
    }
    // A connection may have gone before the room was leased for it.
    this.keeper.left(conversationId);
  }

  /**
   * Counts the connection among those who are there, before anybody can be told of them; returns
   * them all, or null where the room is full. Those who are in a live room need not take part in it.
   */
  private async countIn(
    { identity }: Connection,
    subscription: Subscription,
    { id, type, maxParticipants }: Conversation,
  ): Promise<ReadonlyMap<UserId, Stay> | null> {
    const wasCounted = subscription.isCounted;
    subscription.isCounted = true;
    const isLimited = type === 'live' && maxParticipants !== null;
    const [{ isRefused }, present] = await Promise.all([
      this.comings.update(id, identity, isLimited ? { users: maxParticipants } : {}),
      this.store.in(id),
    ]);
    if (isRefused) subscription.isCounted = wasCounted;
    return isRefused ? null : present;
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
    if (!subscription || !this.registry.leave(connection, conversationId)) {
      return this.permissions.assertExists(conversationId, connection.identity.userId);
    }
    this.typing.end(conversationId, connection.identity.userId);
    const change = await this.comings.left(connection, conversationId);
    await this.comings.lookedAway(connection, subscription, conversationId, change);
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
    return occupancyOf(await this.store.in(conversationId)).onlineUsers;
  }

  private lookIn(
    connection: Connection,
    subscription: Subscription,
    conversationId: ConversationId,
  ): void {
    if (subscription.hasEnded) return;
    this.registry.room(conversationId)?.release(connection, subscription);
    this.comings.came(connection, subscription, conversationId);
  }

  /** Taken out while it was joining: whatever was read before must not be told. */
  private async refusal(
    { identity }: Connection,
    conversationId: ConversationId,
    { expulsion }: Subscription,
  ): Promise<ChatError> {
    if (expulsion === 'conversation-gone') return new ChatError('CONVERSATION_NOT_FOUND');
    await this.permissions.assertWelcome(identity, conversationId);
    return new ChatError('PERMISSION_DENIED');
  }

  private admit(
    subscription: Subscription,
    summary: ConversationSummary,
    page: MessagePage,
    told: number,
  ): Omit<JoinedConversation, 'release' | keyof Occupancy> {
    const { id } = summary.conversation;
    subscription.admit(told);
    this.registry.room(id)?.describe(summary.conversation);
    return { summary, missed: page.messages, hasMore: page.hasMore };
  }

  private async missed(
    { identity }: Connection,
    conversationId: ConversationId,
    afterSeq: number | undefined,
  ): Promise<MessagePage> {
    if (afterSeq === undefined) return { messages: [], hasMore: false };
    const range = { after: afterSeq, limit: LIMITS.catchUp };
    const { messages, hasMore } = await this.messages.page(conversationId, range);
    return inOneAnswer({ messages: messages.map((message) => seenBy(identity, message)), hasMore });
  }
}
