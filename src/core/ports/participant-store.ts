import type { NewAuditEntry } from '../model/audit.js';
import type {
  ConversationHead,
  ConversationId,
  Participant,
  ParticipantRole,
  Standing,
} from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { Page } from './conversation-store.js';

/** The participant, where it is new. */
export type AddOutcome = Participant | 'already' | 'full' | 'banned' | 'conversation-not-found';

export abstract class ParticipantStore {
  /** Null where there is no such conversation. */
  abstract standing(conversationId: ConversationId, userId: UserId): Promise<Standing | null>;
  abstract find(conversationId: ConversationId, userId: UserId): Promise<Participant | null>;
  abstract add(
    conversationId: ConversationId,
    userId: UserId,
    role: ParticipantRole,
  ): Promise<AddOutcome>;
  /**
   * Returns who left, null when nobody by that id took part. `entry` where it is an act of
   * moderation.
   */
  abstract remove(
    conversationId: ConversationId,
    userId: UserId,
    entry?: NewAuditEntry | null,
  ): Promise<Participant | null>;
  abstract list(
    conversationId: ConversationId,
    page: { cursor?: string; limit: number },
  ): Promise<Page<Participant>>;
  /** Those of the named users, by id or by username, who take part. */
  abstract among(
    conversationId: ConversationId,
    named: { userIds: readonly UserId[]; usernames: readonly string[] },
  ): Promise<readonly UserId[]>;
  /** Those that the user takes part in, and is not banned from. */
  abstract conversationsOf(userId: UserId): Promise<readonly ConversationHead[]>;
  /** The same of several users, in one query; of who takes part in nothing there is no entry. */
  abstract conversationIdsOf(
    userIds: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, readonly ConversationId[]>>;
}
