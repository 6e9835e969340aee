import { Injectable } from '@nestjs/common';
import { BansService } from './bans.service.js';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { LOBBY, normalizeSlug } from './model/conversation-ref.js';
import type {
  Conversation,
  ConversationId,
  ConversationSummary,
  ConversationType,
} from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import { isRoomOfVideo } from './model/video.js';
import { NEW_ROOMS, roomMaker } from './new-rooms.js';
import { ParticipantsService } from './participants.service.js';
import { blocked, PermissionsService } from './permissions.service.js';
import { BlockStore } from './ports/block-store.js';
import {
  ConversationStore,
  type ConversationChange,
  type Page,
} from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { SendLimiter } from './ports/send-limiter.js';
import { seenBy } from './shadows.js';
import { UsersService } from './users.service.js';

export interface CreateConversation {
  readonly type: ConversationType;
  readonly title?: string | null;
  readonly slug?: string | null;
  readonly participantIds?: readonly UserId[] | null;
  readonly description?: string | null;
  /** Of a live room; it is, where nothing is said. */
  readonly isPublic?: boolean;
  readonly allowAnonymous?: boolean | null;
  readonly maxParticipants?: number | null;
  readonly slowModeSeconds?: number | null;
}

const SLUG_RULE = 'must be a-z, 0-9, _ and -, not all digits, and not start with room_ or private_';

/** Conversations themselves: creating, listing, changing. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly store: ConversationStore,
    private readonly participants: ParticipantsService,
    private readonly permissions: PermissionsService,
    private readonly users: UsersService,
    private readonly blocks: BlockStore,
    private readonly bans: BansService,
    private readonly bus: EventBus,
    private readonly limiter: SendLimiter,
  ) {}

  /** `seq` of the newest message. CONVERSATION_NOT_FOUND. */
  async lastSeq(conversationId: ConversationId): Promise<number> {
    const conversation = await this.store.find(conversationId);
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    return conversation.lastSeq;
  }

  /** RATE_LIMITED, CONFLICT, CONVERSATION_FULL, USER_NOT_FOUND, VALIDATION_FAILED. */
  async create(
    identity: Identity,
    request: CreateConversation,
  ): Promise<{ conversation: Conversation; isNew: boolean }> {
    if (request.type === 'direct') return this.createDirect(identity, request);
    const slug = slugOf(request.slug ?? null);
    assertUnreserved(slug);
    const maxParticipants = request.maxParticipants ?? null;
    const others = [...new Set(request.participantIds ?? [])].filter(
      (id) => id !== identity.userId,
    );
    await this.users.assertKnown(others);
    if (maxParticipants !== null && others.length >= maxParticipants) {
      throw new ChatError('CONVERSATION_FULL');
    }
    const { isShadowed } = await this.bans.assertMayMake(identity.userId);
    await this.limiter.take(NEW_ROOMS, roomMaker(identity));
    const isLive = request.type === 'live';
    const conversation = await this.store.create({
      type: request.type,
      title: request.title ?? null,
      slug,
      description: request.description ?? null,
      isPublic: request.isPublic ?? (isLive || request.type === 'public'),
      keptUntil: isLive ? new Date(Date.now() + LIMITS.createdRoomMs) : null,
      allowAnonymous: request.allowAnonymous ?? false,
      maxParticipants,
      slowModeSeconds: request.slowModeSeconds ?? 0,
      createdBy: identity.userId,
      participantIds: others,
    });
    if (conversation.slowModeSeconds > 0) await this.announceChange(conversation);
    // Of what a shadow banned user makes, nobody else hears.
    const told = isShadowed ? [identity.userId] : [identity.userId, ...others];
    await this.participants.announceFirst(conversation, told, identity);
    return { conversation, isNew: true };
  }

  async get(identity: Identity, conversationId: ConversationId): Promise<ConversationSummary> {
    const summary = await this.store.summaryOf(conversationId, identity.userId);
    if (!summary) throw new ChatError('CONVERSATION_NOT_FOUND');
    if (summary.conversation.type !== 'public') {
      await this.permissions.assertMayRead(identity, conversationId);
      return summarySeenBy(identity, summary);
    }
    const mayRead = await this.permissions.isWelcome(identity, conversationId);
    return mayRead ? summarySeenBy(identity, summary) : { ...summary, lastMessage: null };
  }

  async list(
    identity: Identity,
    page: { cursor?: string; limit: number },
  ): Promise<Page<ConversationSummary>> {
    const { items, nextCursor } = await this.store.listOf(identity.userId, page);
    return { items: items.map((summary) => summarySeenBy(identity, summary)), nextCursor };
  }

  /** Live rooms among these that somebody may find; null is somebody without a token. */
  findLive(
    identity: Identity | null,
    ids: readonly ConversationId[],
  ): Promise<readonly Conversation[]> {
    return this.store.liveAmong(ids, identity?.userId ?? null);
  }

  async update(
    identity: Identity,
    conversationId: ConversationId,
    change: ConversationChange,
  ): Promise<Conversation> {
    await this.permissions.assertExists(conversationId, identity.userId);
    await this.permissions.assertOwns(identity, conversationId);
    const slug = change.slug === undefined ? undefined : slugOf(change.slug);
    if (slug !== undefined) assertUnreserved(slug);
    const conversation = await this.store.update(conversationId, {
      ...change,
      ...(slug !== undefined && { slug }),
    });
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    await this.announceChange(conversation);
    return conversation;
  }

  async delete(identity: Identity, conversationId: ConversationId): Promise<void> {
    await this.permissions.assertExists(conversationId, identity.userId);
    await this.permissions.assertOwns(identity, conversationId);
    await this.store.delete(conversationId);
    await this.bus.publish('conversation.deleted', { conversationId });
  }

  private announceChange(conversation: Conversation): Promise<void> {
    return this.bus.publish('room.event', {
      conversationId: conversation.id,
      event: { type: 'conversation.updated', conversation },
    });
  }

  private async createDirect(identity: Identity, request: CreateConversation) {
    const others = [...new Set(request.participantIds ?? [])].filter(
      (id) => id !== identity.userId,
    );
    const [other] = others;
    if (other === undefined || others.length > 1) {
      throw ChatError.invalid('participantIds', 'must name exactly one other user');
    }
    if (request.slug) throw ChatError.invalid('slug', 'must be absent for direct');
    return this.openDirect(identity, other);
  }

  /**
   * The direct conversation of the two, made where there is none yet. USER_NOT_FOUND;
   * PERMISSION_DENIED where it would be new, and one has blocked the other.
   */
  async openDirect(
    identity: Identity,
    other: UserId,
  ): Promise<{ conversation: Conversation; isNew: boolean }> {
    const { userId } = identity;
    await this.users.assertKnown([other]);
    const known = await this.store.idOfDirect(userId, other);
    const told = known === null ? await this.toldOfDirect(identity, other) : [];
    const opened = await this.store.openDirect(userId, other);
    if (opened.isNew) await this.participants.announceFirst(opened.conversation, told, identity);
    return opened;
  }

  /** Who hears of a new one. PERMISSION_DENIED, BANNED, MUTED, RATE_LIMITED. */
  private async toldOfDirect(identity: Identity, other: UserId): Promise<readonly UserId[]> {
    const { userId } = identity;
    if (await this.blocks.isBetween(userId, other)) throw blocked();
    const { isShadowed } = await this.bans.assertMayMake(userId);
    await this.limiter.take(NEW_ROOMS, roomMaker(identity));
    return isShadowed ? [userId] : [userId, other];
  }
}

const summarySeenBy = (identity: Identity, summary: ConversationSummary): ConversationSummary => ({
  ...summary,
  lastMessage: summary.lastMessage && seenBy(identity, summary.lastMessage),
});

/** Everybody is let into the lobby, and into the rooms of videos: these belong to nobody. */
function assertUnreserved(slug: string | null): void {
  if (slug === LOBBY) {
    throw ChatError.invalid('slug', 'is kept for the lobby that everybody enters');
  }
  if (slug !== null && isRoomOfVideo(slug)) {
    throw ChatError.invalid('slug', 'must not begin with video-: these are the rooms of videos');
  }
}

function slugOf(text: string | null): string | null {
  if (text === null) return null;
  const slug = normalizeSlug(text);
  if (slug === null) throw ChatError.invalid('slug', SLUG_RULE);
  return slug;
}
