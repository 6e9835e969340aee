import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from './bounded.js';
import { ChatError } from './core.errors.js';
import type { BlockChanged } from './core.events.js';
import type {
  Conversation,
  ConversationId,
  ParticipantRole,
  Standing,
} from './model/conversation.js';
import { isAdmin, isAnonymous, isModerator, type Identity, type UserId } from './model/identity.js';
import type { MessageId } from './model/message.js';
import type { Sanction } from './model/sanction.js';
import { EventBus } from './ports/event-bus.js';
import { MessageStore, type MessageLocation } from './ports/message-store.js';
import { ParticipantStore } from './ports/participant-store.js';

type CachedStanding = Promise<Standing | null>;

/** Who may do what: membership, roles, sanctions. The hot path asks memory, not the database. */
@Injectable()
export class PermissionsService {
  // A promise is cached, not its value: an invalidation that arrives while the standing is being
  // read drops the entry, and the late, stale answer is never kept.
  private readonly standings = new LRUCache<string, CachedStanding>({
    ...atMost(100_000),
    ttl: 60_000,
  });
  /** How often a conversation has changed: what was known before is not asked for any more. */
  private readonly versions = new LRUCache<ConversationId, number>({ max: 10_000 });
  /** The same of a user, of whom something holds in several conversations. */
  private readonly generations = new LRUCache<UserId, number>({ max: 10_000 });
  /** Ids are never used again. */
  private readonly deleted = new LRUCache<ConversationId, true>({ max: 10_000 });

  constructor(
    private readonly participants: ParticipantStore,
    private readonly messages: MessageStore,
    bus: EventBus,
  ) {
    const forget = ({ conversationId, userId }: Pick<Sanction, 'conversationId' | 'userId'>) =>
      conversationId === null
        ? increment(this.generations, userId)
        : this.standings.delete(this.keyOf(conversationId, userId));
    bus.subscribe('participant.added', ({ participant }) => forget(participant));
    bus.subscribe('participant.removed', ({ participant }) => forget(participant));
    bus.subscribe('sanction.applied', ({ sanction }) => forget(sanction));
    bus.subscribe('sanction.lifted', ({ sanction }) => forget(sanction));
    bus.subscribe('user.kicked', ({ act }) => forget(act));
    const forgetBoth = ({ userId, blockedId }: BlockChanged): void => {
      for (const id of [userId, blockedId]) increment(this.generations, id);
    };
    bus.subscribe('user.blocked', forgetBoth);
    bus.subscribe('user.unblocked', forgetBoth);
    bus.subscribe('room.event', ({ conversationId, event }) => {
      if (event.type === 'conversation.updated') increment(this.versions, conversationId);
    });
    bus.subscribe('conversation.deleted', ({ conversationId }) =>
      this.deleted.set(conversationId, true),
    );
  }

  /** The user's role in the conversation, null for who takes no part in it. */
  async roleIn(conversationId: ConversationId, userId: UserId): Promise<ParticipantRole | null> {
    return (await this.standing(conversationId, userId))?.role ?? null;
  }

  async assertExists(conversationId: ConversationId, userId: UserId): Promise<void> {
    if (!(await this.standing(conversationId, userId))) {
      throw new ChatError('CONVERSATION_NOT_FOUND');
    }
  }

  /** Reading: who may be there, and moderators of the service. CONVERSATION_NOT_FOUND, BANNED. */
  async assertMayRead(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (!(await this.isWelcome(identity, conversationId)) && !isModerator(identity)) {
      throw notAParticipant();
    }
  }

  /**
   * Whether the user may be there as things stand: by taking part, or because it is open. False
   * for a stranger. CONVERSATION_NOT_FOUND, BANNED.
   */
  async isWelcome({ userId }: Identity, conversationId: ConversationId): Promise<boolean> {
    const standing = await this.standing(conversationId, userId);
    if (!standing) throw new ChatError('CONVERSATION_NOT_FOUND');
    if (standing.sanction?.kind === 'ban') throw sanctioned(standing.sanction);
    return mayBeThere(standing);
  }

  /** PERMISSION_DENIED, CONVERSATION_NOT_FOUND, BANNED. */
  async assertWelcome(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (!(await this.isWelcome(identity, conversationId))) throw notAParticipant();
  }

  /**
   * As `assertWelcome`, for what others get to see. MUTED, besides; and PERMISSION_DENIED where it
   * is direct and one of the two has blocked the other.
   */
  async assertMayWrite(identity: Identity, conversationId: ConversationId): Promise<void> {
    await this.assertWelcome(identity, conversationId);
    const standing = await this.standing(conversationId, identity.userId);
    if (standing?.sanction?.kind === 'mute' && holds(standing.sanction)) {
      throw sanctioned(standing.sanction);
    }
    if (standing?.isBlocked) throw blocked();
  }

  /** Whether what the user does there is for himself alone. */
  async isShadowed({ userId }: Identity, conversationId: ConversationId): Promise<boolean> {
    const sanction = (await this.standing(conversationId, userId))?.sanction;
    return sanction?.kind === 'shadow' && holds(sanction);
  }

  /** Changing or deleting the conversation itself: its owner, or an administrator. */
  async assertOwns(identity: Identity, conversationId: ConversationId): Promise<void> {
    if (!(await this.owns(identity, conversationId))) throw new ChatError('PERMISSION_DENIED');
  }

  /** BANNED for who is, whatever else he may be. */
  async owns(identity: Identity, conversationId: ConversationId): Promise<boolean> {
    const role = await this.ownRole(identity, conversationId);
    return isAdmin(identity) || role === 'owner';
  }

  /** Adding and removing others, deleting their messages. BANNED. */
  async mayModerate(identity: Identity, conversationId: ConversationId): Promise<boolean> {
    const role = await this.ownRole(identity, conversationId);
    return isModerator(identity) || role === 'owner' || role === 'moderator';
  }

  private async ownRole({ userId }: Identity, conversationId: ConversationId) {
    const standing = await this.standing(conversationId, userId);
    if (standing?.sanction?.kind === 'ban') throw sanctioned(standing.sanction);
    return standing?.role ?? null;
  }

  /** May a newcomer walk in by itself, to take part? */
  isOpenTo({ type, isPublic }: Conversation, identity: Identity): boolean {
    if (isAnonymous(identity.userId)) return false;
    return isPublic || (type !== 'direct' && isAdmin(identity));
  }

  /** A message one may see. A foreign one and a missing one answer alike. */
  async locateReadable(identity: Identity, messageId: MessageId): Promise<MessageLocation> {
    const location = await this.messages.locate(messageId);
    if (!location) throw new ChatError('MESSAGE_NOT_FOUND');
    const standing = await this.standing(location.conversationId, identity.userId);
    const isReadable = standing && (mayBeThere(standing) || isModerator(identity));
    if (!isReadable || standing.sanction?.kind === 'ban') throw new ChatError('MESSAGE_NOT_FOUND');
    return location;
  }

  /** As `locateReadable`, to do something with it: what a shadow banned user said is no such thing. */
  async locateVisible(identity: Identity, messageId: MessageId): Promise<MessageLocation> {
    const location = await this.locateReadable(identity, messageId);
    const { isShadowed, senderId } = location;
    if (!isShadowed || senderId === identity.userId || isModerator(identity)) return location;
    throw new ChatError('MESSAGE_NOT_FOUND');
  }

  /** A message of that conversation, for those of whom it is known that they may see it. */
  async locateIn(conversationId: ConversationId, messageId: MessageId): Promise<MessageLocation> {
    const location = await this.messages.locate(messageId);
    if (location?.conversationId !== conversationId) throw new ChatError('MESSAGE_NOT_FOUND');
    return location;
  }

  /** BANNED or MUTED, with the time that is left, for whom the log found so. */
  async sanctionOn(
    conversationId: ConversationId,
    userId: UserId,
    found: 'banned' | 'muted',
  ): Promise<ChatError> {
    this.standings.delete(this.keyOf(conversationId, userId));
    const standing = await this.standing(conversationId, userId);
    const kind = found === 'banned' ? 'ban' : 'mute';
    // It may have ended this moment, with another behind it that is not for telling.
    const sanction = standing?.sanction?.kind === kind ? standing.sanction : null;
    return sanctioned(sanction ?? { kind, expiresAt: null });
  }

  /** Null where there is no such conversation. */
  private async standing(conversationId: ConversationId, userId: UserId): CachedStanding {
    if (this.deleted.has(conversationId)) return null;
    const key = this.keyOf(conversationId, userId);
    const known = await this.standings.get(key);
    // Behind a sanction that has ended there may be a lesser one.
    if (known && (!known.sanction || holds(known.sanction))) return known;
    return this.read(key, conversationId, userId);
  }

  private read(key: string, conversationId: ConversationId, userId: UserId): CachedStanding {
    const standing = this.participants.standing(conversationId, userId);
    this.standings.set(key, standing);
    // A failed read must not be remembered, nor a stranger: joining is how strangers continue.
    standing.then(
      (found) => !(found && mayBeThere(found)) && this.forgetIfStill(key, standing),
      () => this.forgetIfStill(key, standing),
    );
    return standing;
  }

  private keyOf(conversationId: ConversationId, userId: UserId): string {
    const version = this.versions.get(conversationId) ?? 0;
    return `${conversationId}:${version}:${this.generations.get(userId) ?? 0}:${userId}`;
  }

  private forgetIfStill(key: string, standing: CachedStanding): void {
    if (this.standings.peek(key) === standing) this.standings.delete(key);
  }
}

function increment<K extends string | number>(counts: LRUCache<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const notAParticipant = () =>
  new ChatError('PERMISSION_DENIED', { text: 'You do not take part in this conversation.' });

/** Says the same to either of the two: nobody is told who has blocked whom. */
export const blocked = () =>
  new ChatError('PERMISSION_DENIED', {
    text: 'One of you has blocked the other: no direct messages pass between you.',
  });

const mayBeThere = ({ role, isOpen, sanction }: Standing): boolean =>
  sanction?.kind !== 'ban' && (role !== null || isOpen);

export const holds = ({ expiresAt }: Pick<Sanction, 'expiresAt'>): boolean =>
  expiresAt === null || expiresAt.getTime() > Date.now();

/** BANNED or MUTED, with the time that is left. */
export function sanctioned({ kind, expiresAt }: Pick<Sanction, 'kind' | 'expiresAt'>): ChatError {
  const left = expiresAt && Math.max(1, Math.ceil((expiresAt.getTime() - Date.now()) / 1_000));
  return new ChatError(
    kind === 'ban' ? 'BANNED' : 'MUTED',
    left === null ? {} : { retryAfter: left },
  );
}
