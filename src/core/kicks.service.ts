import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import type { ConversationId, Participant } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import type { ModerationAct } from './model/sanction.js';
import { NotificationsService } from './notifications.service.js';
import { AuditLog } from './ports/audit-log.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { ParticipantStore } from './ports/participant-store.js';
import { RolePolicy } from './role-policy.js';

export interface KickRequest {
  /** Null for everywhere. */
  readonly conversationId: ConversationId | null;
  readonly userId: UserId;
  readonly reason?: string | null | undefined;
}

/** Puts users out at once, without keeping them from coming back. */
@Injectable()
export class KicksService {
  constructor(
    private readonly policy: RolePolicy,
    private readonly participants: ParticipantStore,
    private readonly conversations: ConversationStore,
    private readonly audit: AuditLog,
    private readonly notifications: NotificationsService,
    private readonly bus: EventBus,
  ) {}

  /**
   * Out of a conversation: the user takes part in it no more, and hears nothing more of it once
   * this resolves. Everywhere: all connections are closed. CONVERSATION_NOT_FOUND, USER_NOT_FOUND,
   * PERMISSION_DENIED.
   */
  async kick(
    identity: Identity,
    { conversationId, userId, reason = null }: KickRequest,
  ): Promise<ModerationAct> {
    const target = await this.policy.assertMayAct(identity, conversationId, 'kick', userId);
    const conversation =
      conversationId === null ? null : await this.conversations.find(conversationId);
    if (conversationId !== null && !conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    if (conversation?.type === 'direct') {
      throw ChatError.invalid('userId', 'direct is for two');
    }
    const { userId: moderatorId } = identity;
    const about = { conversationId, userId, reason };
    const entry = { ...about, actorId: moderatorId, action: 'user.kicked' } as const;
    const participant =
      conversationId === null
        ? null
        : await this.participants.remove(conversationId, userId, entry);
    // Whoever only looks on takes no part: the act is still to come, and is written down first.
    if (!participant) await this.audit.record(entry);
    const act: ModerationAct = {
      ...about,
      action: 'kick',
      username: target.username,
      moderatorId,
      at: new Date(),
      expiresAt: null,
    };
    await this.bus.publish('user.kicked', { act, conversation });
    if (participant) await this.announce(participant);
    await this.notifications.moderated(act);
    return act;
  }

  private async announce(participant: Participant): Promise<void> {
    await this.bus.publish('participant.removed', { participant });
    const { conversationId, userId, username } = participant;
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'participant.left', userId, username },
    });
  }
}
