import type {
  Conversation,
  ConversationId,
  ConversationSummary,
  ConversationType,
} from '../model/conversation.js';
import type { UserId } from '../model/identity.js';

export interface NewConversation {
  readonly type: ConversationType;
  readonly title: string | null;
  readonly slug: string | null;
  readonly allowAnonymous: boolean;
  readonly maxParticipants: number | null;
  readonly createdBy: UserId;
  /** Besides the creator, who is the owner. */
  readonly participantIds: readonly UserId[];
}

export interface ConversationChange {
  readonly title?: string | null;
  readonly slug?: string | null;
  readonly allowAnonymous?: boolean;
  readonly maxParticipants?: number | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export abstract class ConversationStore {
  abstract find(id: ConversationId): Promise<Conversation | null>;
  abstract idOfSlug(slug: string): Promise<ConversationId | null>;
  abstract idOfDirect(a: UserId, b: UserId): Promise<ConversationId | null>;
  /** Throws CONFLICT for a taken slug. */
  abstract create(conversation: NewConversation): Promise<Conversation>;
  /** The one direct conversation of two users, created when there is none yet. */
  abstract openDirect(
    creator: UserId,
    other: UserId,
  ): Promise<{ conversation: Conversation; isNew: boolean }>;
  /** The public conversation of that slug, created without an owner when there is none yet. */
  abstract ensurePublic(slug: string): Promise<Conversation>;
  /** Throws CONFLICT for a taken slug. Null when there is no such conversation. */
  abstract update(id: ConversationId, change: ConversationChange): Promise<Conversation | null>;
  /** Deletes it with all its messages. */
  abstract delete(id: ConversationId): Promise<void>;
  /** Most recently active first. */
  abstract listOf(
    userId: UserId,
    page: { cursor?: string; limit: number },
  ): Promise<Page<ConversationSummary>>;
  abstract summaryOf(id: ConversationId, userId: UserId): Promise<ConversationSummary | null>;
}
