import { Injectable } from '@nestjs/common';
import { asChatError, ChatError, ERRORS } from './core.errors.js';
import type { SanctionChanged } from './core.events.js';
import type { Conversation, ConversationId } from './model/conversation.js';
import { isModerator, type Identity, type UserId } from './model/identity.js';
import type { ModerationAct, Sanction, SanctionKind } from './model/sanction.js';
import { NotificationsService } from './notifications.service.js';
import type { Page } from './ports/conversation-store.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { SanctionStore, type SanctionQuery } from './ports/sanction-store.js';
import { UserStore } from './ports/user-store.js';
import { assertModerator, RolePolicy } from './role-policy.js';

export interface SanctionRequest {
  /** Null for everywhere. */
  readonly conversationId: ConversationId | null;
  readonly userId: UserId;
  readonly kind: SanctionKind;
  /** 0 for one without an end. */
  readonly durationMinutes: number;
  readonly reason?: string | null | undefined;
}

export type SanctionKey = Pick<Sanction, 'conversationId' | 'userId' | 'kind'>;

const MINUTE_MS = 60_000;

/** Bans, mutes and shadow bans, in one conversation or everywhere: whatever the user speaks. */
@Injectable()
export class SanctionsService {
  constructor(
    private readonly store: SanctionStore,
    private readonly users: UserStore,
    private readonly conversations: ConversationStore,
    private readonly policy: RolePolicy,
    private readonly notifications: NotificationsService,
    private readonly bus: EventBus,
  ) {}

  /**
   * Once this resolves, a banned user's sockets receive nothing more of the conversation, on any
   * node; banned everywhere, it has none. CONVERSATION_NOT_FOUND, PERMISSION_DENIED,
   * USER_NOT_FOUND.
   */
  async apply(identity: Identity, request: SanctionRequest): Promise<Sanction> {
    const { conversationId, userId, kind, durationMinutes, reason = null } = request;
    const target = await this.policy.assertMayAct(identity, conversationId, kind, userId);
    const earlier = await this.store.find(conversationId, userId, kind);
    await this.policy.assertMayReplace(identity, earlier);
    // Read before it is stored: what is stored must be told.
    const conversation = await this.find(conversationId);
    const createdAt = new Date();
    const end = createdAt.getTime() + durationMinutes * MINUTE_MS;
    const { userId: moderatorId } = identity;
    const about = { userId, conversationId, reason };
    const expiresAt = durationMinutes === 0 ? null : new Date(end);
    const sanction = await this.store.put(
      { ...about, kind, moderatorId, createdAt, expiresAt },
      {
        ...about,
        actorId: moderatorId,
        action: 'sanction.applied',
        details: { kind, durationMinutes },
      },
      earlier?.id ?? null,
    );
    if (!sanction) throw new ChatError('CONVERSATION_NOT_FOUND');
    const act = actOf(sanction, { moderatorId, username: target.username, isLifted: false });
    await this.publish('sanction.applied', { sanction, conversation, act });
    return sanction;
  }

  /**
   * Ends a sanction before its time; whoever may impose one may. PERMISSION_DENIED, also for one
   * of oneself and for what a higher rank decided. MESSAGE_NOT_FOUND where none holds.
   */
  async lift(
    identity: Identity,
    { conversationId, userId, kind }: SanctionKey,
    reason: string | null,
  ): Promise<Sanction> {
    const target = await this.policy.assertMayAct(identity, conversationId, kind, userId);
    const sanction = await this.store.find(conversationId, userId, kind);
    if (!sanction) throw notFound();
    await this.policy.assertMayReplace(identity, sanction);
    const conversation = await this.find(conversationId);
    const isLifted = await this.store.lift(sanction.id, {
      ...{ actorId: identity.userId, action: 'sanction.lifted', userId, conversationId, reason },
      details: { kind, sanctionId: sanction.id },
    });
    if (!isLifted) throw notFound();
    const by = { moderatorId: identity.userId, username: target.username, isLifted: true };
    const act = actOf({ ...sanction, reason }, by);
    await this.publish('sanction.lifted', { sanction, conversation, act });
    return sanction;
  }

  /** As `lift`. To all but moderators a missing one and a foreign one answer alike. */
  async liftById(identity: Identity, id: number): Promise<Sanction> {
    const sanction = await this.store.get(id);
    try {
      if (!sanction) throw notFound();
      return await this.lift(identity, sanction, null);
    } catch (error) {
      if (isModerator(identity) || ERRORS[asChatError(error).code].status >= 500) throw error;
      throw new ChatError('PERMISSION_DENIED', { cause: error });
    }
  }

  /** Those that hold now, newest first. PERMISSION_DENIED for all but moderators. */
  list(identity: Identity, query: SanctionQuery): Promise<Page<Sanction>> {
    assertModerator(identity);
    return this.store.list(query);
  }

  /** Null for everywhere. CONVERSATION_NOT_FOUND. */
  private async find(conversationId: ConversationId | null): Promise<Conversation | null> {
    if (conversationId === null) return null;
    const conversation = await this.conversations.find(conversationId);
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    return conversation;
  }

  private async publish(
    event: 'sanction.applied' | 'sanction.lifted',
    changed: SanctionChanged,
  ): Promise<void> {
    await this.bus.publish(event, changed);
    if (changed.act) await this.notifications.moderated(changed.act);
  }
}

/** Null for a shadow ban: nobody is told of it. */
function actOf(
  { kind, conversationId, userId, reason, createdAt, expiresAt }: Sanction,
  by: { moderatorId: UserId; username: string; isLifted: boolean },
): ModerationAct | null {
  if (kind === 'shadow') return null;
  const { moderatorId, username, isLifted } = by;
  const about = { conversationId, userId, username, moderatorId };
  if (!isLifted) return { ...about, action: kind, reason, at: createdAt, expiresAt };
  const action = kind === 'ban' ? 'unban' : 'unmute';
  return { ...about, action, reason, at: new Date(), expiresAt: null };
}

const notFound = () => new ChatError('MESSAGE_NOT_FOUND', { text: 'There is no such sanction.' });
