import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ChatError } from './core.errors.js';
import type { Conversation, ConversationId, ParticipantRole } from './model/conversation.js';
import { isAdmin, isModerator, type Identity, type UserId } from './model/identity.js';
import type { MessageId } from './model/message.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { MessageStore, type MessageLocation } from './ports/message-store.js';
import { ParticipantStore } from './ports/participant-store.js';

type CachedRole = Promise<ParticipantRole | null>;

/** Who may do what: membership, roles, ownership. The hot path asks memory, not the database. */
@Injectable()
export class PermissionsService {
  // A promise is cached, not its value: an invalidation that arrives while the role is being
  // read drops the entry, and the late, stale answer is never kept.
  private readonly roles = new LRUCache<string, CachedRole>({ max: 100_000, ttl: 60_000 });

  constructor(
    private readonly participants: ParticipantStore,
    private readonly messages: MessageStore,
    private readonly conversations: ConversationStore,
    bus: EventBus,
  ) {
    const forget = (conversationId: ConversationId, userId: UserId) =>
      this.roles.delete(keyOf(conversationId, userId));
    bus.subscribe('participant.added', ({ participant: { conversationId, userId } }) =>
      forget(conversationId, userId),
    );
    bus.subscribe('participant.removed', ({ participant: { conversationId, userId } }) =>
      forget(conversationId, userId),
    );
    bus.subscribe('conversation.deleted', () => this.roles.clear());
  }

  /** The user's role in the conversation, null for a stranger. */
  roleIn(conversationId: ConversationId, userId: UserId): CachedRole {
    const key = keyOf(conversationId, userId);
    const cached = this.roles.get(key);
    if (cached) return cached;
    const role = this.participants
      .find(conversationId, userId)
      .then((found) => found?.role ?? null);
    this.roles.set(key, role);
    // A failed read must not be remembered, nor a stranger: joining is how strangers continue.
    role.then(
      (value) => value === null && this.forgetIfStill(key, role),
      () => this.forgetIfStill(key, role),
    );
    return role;
  }

  async isParticipant(conversationId: ConversationId, userId: UserId): Promise<boolean> {
    return (await this.roleIn(conversationId, userId)) !== null;
  }

  async assertExists(conversationId: ConversationId): Promise<void> {
    if (!(await this.conversations.find(conversationId))) {
      throw new ChatError('CONVERSATION_NOT_FOUND');
    }
  }

  /** Reading: participants, and moderators of the service. CONVERSATION_NOT_FOUND, too. */
  async assertMayRead(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (isModerator(identity)) await this.assertExists(conversationId);
    else await this.assertParticipant(identity, conversationId);
  }

  /** PERMISSION_DENIED, or CONVERSATION_NOT_FOUND: asked for only once somebody is refused. */
  async assertParticipant(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (await this.isParticipant(conversationId, identity.userId)) return;
    await this.assertExists(conversationId);
    throw new ChatError('PERMISSION_DENIED', {
      text: 'You do not take part in this conversation.',
    });
  }

  /** Changing or deleting the conversation itself: its owner, or an administrator. */
  async assertOwns(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (isAdmin(identity)) return;
    const role = await this.roleIn(conversationId, identity.userId);
    if (role !== 'owner') throw new ChatError('PERMISSION_DENIED');
  }

  /** Adding and removing others, deleting their messages. */
  async mayModerate(identity: Identity, conversationId: ConversationId): Promise<boolean> {
    if (isModerator(identity)) return true;
    const role = await this.roleIn(conversationId, identity.userId);
    return role === 'owner' || role === 'moderator';
  }

  /** May a newcomer walk in by itself? */
  isOpenTo(conversation: Conversation, identity: Identity): boolean {
    return conversation.type === 'public' || (conversation.type !== 'direct' && isAdmin(identity));
  }

  /** A message one may see. A foreign one and a missing one answer alike. */
  async locateReadable(identity: Identity, messageId: MessageId): Promise<MessageLocation> {
    const location = await this.messages.locate(messageId);
    if (!location) throw new ChatError('MESSAGE_NOT_FOUND');
    const isReadable =
      isModerator(identity) || (await this.isParticipant(location.conversationId, identity.userId));
    if (!isReadable) throw new ChatError('MESSAGE_NOT_FOUND');
    return location;
  }

  /** A message of that conversation, for those of whom it is known that they may see it. */
  async locateIn(conversationId: ConversationId, messageId: MessageId): Promise<MessageLocation> {
    const location = await this.messages.locate(messageId);
    if (location?.conversationId !== conversationId) throw new ChatError('MESSAGE_NOT_FOUND');
    return location;
  }

  private forgetIfStill(key: string, role: CachedRole): void {
    if (this.roles.peek(key) === role) this.roles.delete(key);
  }
}

const keyOf = (conversationId: ConversationId, userId: UserId): string =>
  `${conversationId}:${userId}`;
