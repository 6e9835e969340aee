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
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly allowAnonymous: boolean;
  readonly maxParticipants: number | null;
  readonly slowModeSeconds?: number;
  readonly createdBy: UserId;
  /** Of a live room: how long it waits for its first client; null for other conversations. */
  readonly keptUntil: Date | null;
  /** Besides the creator, who is the owner. */
  readonly participantIds: readonly UserId[];
}

export interface NewLiveRoom {
  readonly title: string | null;
  /** How long it waits for its first client. */
  readonly keptUntil: Date;
}

export interface ConversationChange {
  readonly title?: string | null;
  readonly slug?: string | null;
  readonly allowAnonymous?: boolean;
  readonly maxParticipants?: number | null;
  readonly slowModeSeconds?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export abstract class ConversationStore {
  abstract find(id: ConversationId): Promise<Conversation | null>;
  /** The newest `seq` of each that exists. */
  abstract heads(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, number>>;
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
  /**
   * The conversation of that slug, whatever it is; where there is none yet, a live room that is
   * open to everyone and belongs to nobody.
   */
  abstract ensureLive(slug: string, room: NewLiveRoom): Promise<ConversationId>;
  /**
   * Those of the conversations that are live rooms, and that the user may find: public ones, and
   * one's own. Null is somebody without a token, who finds those that let such in.
   */
  abstract liveAmong(
    ids: readonly ConversationId[],
    userId: UserId | null,
  ): Promise<readonly Conversation[]>;
  /** Throws CONFLICT for a taken slug. Null when there is no such conversation. */
  abstract update(id: ConversationId, change: ConversationChange): Promise<Conversation | null>;
  /** Deletes it with all its messages. */
  abstract delete(id: ConversationId): Promise<void>;
  /** What the user takes part in, and is not banned from: most recently active first. */
  abstract listOf(
    userId: UserId,
    page: { cursor?: string; limit: number },
  ): Promise<Page<ConversationSummary>>;
  /** Those in which slow mode is on. */
  abstract slowOnes(): Promise<readonly Pick<Conversation, 'id' | 'slowModeSeconds'>[]>;
  abstract summaryOf(id: ConversationId, userId: UserId): Promise<ConversationSummary | null>;
}
