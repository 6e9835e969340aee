import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import type {
  Conversation,
  ConversationId,
  Participant,
  ParticipantRole,
} from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import { NotificationsService } from './notifications.service.js';
import { PermissionsService } from './permissions.service.js';
import { ConversationStore, type Page } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { ParticipantStore } from './ports/participant-store.js';
import { UserStore } from './ports/user-store.js';

/** Who takes part in which conversation. */
@Injectable()
export class ParticipantsService {
  constructor(
    private readonly store: ParticipantStore,
    private readonly conversations: ConversationStore,
    private readonly users: UserStore,
    private readonly permissions: PermissionsService,
    private readonly notifications: NotificationsService,
    private readonly bus: EventBus,
  ) {}

  /**
   * Lets a user into a conversation it may enter: participants at once, and whoever may look on
   * where it is live; anyone else as a new participant where it is public.
   * CONVERSATION_NOT_FOUND, PERMISSION_DENIED, BANNED, CONVERSATION_FULL.
   */
  async enter(identity: Identity, conversationId: ConversationId): Promise<void> {
    const conversation = await this.assertMayEnter(identity, conversationId);
    if (conversation) await this.admit(conversation, identity.userId, 'member');
  }

  /**
   * As `enter`, without entering. Returns what there is to enter: null for who may be there as
   * things stand. BANNED, besides.
   */
  async assertMayEnter(
    identity: Identity,
    conversationId: ConversationId,
  ): Promise<Conversation | null> {
    if (await this.permissions.isWelcome(identity, conversationId)) return null;
    const conversation = await this.find(conversationId);
    if (this.permissions.isOpenTo(conversation, identity)) return conversation;
    throw new ChatError('PERMISSION_DENIED', {
      text: 'You do not take part in this conversation.',
    });
  }

  /** An owner or moderator adds a user. Adding somebody who takes part already changes nothing. */
  async add(identity: Identity, conversationId: ConversationId, userId: UserId): Promise<void> {
    const conversation = await this.find(conversationId);
    if (!(await this.permissions.mayModerate(identity, conversationId))) {
      if (userId !== identity.userId) throw new ChatError('PERMISSION_DENIED');
      await this.assertMayEnter(identity, conversationId);
    }
    if (conversation.type === 'direct') throw ChatError.invalid('userId', 'direct is for two');
    if (!(await this.users.find(userId))) throw new ChatError('USER_NOT_FOUND');
    const isNew = await this.admit(conversation, userId, 'member');
    const isInvited = isNew && userId !== identity.userId;
    if (isInvited && !(await this.permissions.isShadowed(identity, conversationId))) {
      await this.notifications.invite(conversation, [userId], identity);
    }
  }

  /**
   * Removes a participant, or oneself. Once this resolves the user's sockets receive nothing
   * more of the conversation, on any node.
   */
  async remove(identity: Identity, conversationId: ConversationId, userId: UserId): Promise<void> {
    const conversation = await this.find(conversationId);
    const isOwn = userId === identity.userId;
    if (!isOwn) await this.assertMayRemove(identity, conversationId, userId);
    if (conversation.type === 'direct') throw ChatError.invalid('userId', 'direct is for two');
    const act = { actorId: identity.userId, action: 'participant.removed' } as const;
    const entry = isOwn ? null : { ...act, userId, conversationId };
    const participant = await this.store.remove(conversationId, userId, entry);
    if (!participant) throw new ChatError('USER_NOT_FOUND');
    await this.bus.publish('participant.removed', { participant });
    const { username } = participant;
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'participant.left', userId, username },
    });
  }

  async list(
    identity: Identity,
    conversationId: ConversationId,
    page: { cursor?: string; limit: number },
  ): Promise<Page<Participant>> {
    await this.find(conversationId);
    await this.permissions.assertMayRead(identity, conversationId);
    return this.store.list(conversationId, page);
  }

  /** Tells of the participants a new conversation was born with. */
  async announceFirst(
    conversation: Conversation,
    userIds: readonly UserId[],
    creator: Identity,
  ): Promise<void> {
    const participants = await Promise.all(
      userIds.map((userId) => this.store.find(conversation.id, userId)),
    );
    const known = participants.filter((participant) => participant !== null);
    await Promise.all(known.map((participant) => this.publishAdded(conversation, participant)));
    const invited = userIds.filter((userId) => userId !== creator.userId);
    if (invited.length > 0) await this.notifications.invite(conversation, invited, creator);
  }

  /** Returns whether the user is new there. */
  private async admit(
    conversation: Conversation,
    userId: UserId,
    role: ParticipantRole,
  ): Promise<boolean> {
    const outcome = await this.store.add(conversation.id, userId, role);
    if (outcome === 'banned') {
      throw new ChatError('BANNED', { text: 'This user is banned from the conversation.' });
    }
    if (outcome === 'full') throw new ChatError('CONVERSATION_FULL');
    if (outcome === 'conversation-not-found') throw new ChatError('CONVERSATION_NOT_FOUND');
    if (outcome === 'already') return false;
    // At once: what is published of a removal or a ban after it must come after it.
    await this.publishAdded(conversation, outcome);
    return true;
  }

  private async publishAdded(conversation: Conversation, participant: Participant): Promise<void> {
    const { id: conversationId, type, pair, lastSeq } = conversation;
    const head = { id: conversationId, type, pair, lastSeq };
    await this.bus.publish('participant.added', { participant, conversation: head });
    await this.bus.publish('room.event', {
      conversationId,
      event: {
        type: 'participant.joined',
        userId: participant.userId,
        username: participant.username,
      },
    });
  }

  private async find(conversationId: ConversationId): Promise<Conversation> {
    const conversation = await this.conversations.find(conversationId);
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    return conversation;
  }

  /** A conversation's moderator may not remove its owner. */
  private async assertMayRemove(
    identity: Identity,
    conversationId: ConversationId,
    userId: UserId,
  ): Promise<void> {
    if (!(await this.permissions.mayModerate(identity, conversationId))) {
      throw new ChatError('PERMISSION_DENIED');
    }
    const targetRole = await this.permissions.roleIn(conversationId, userId);
    if (targetRole === 'owner') await this.permissions.assertOwns(identity, conversationId);
  }
}
