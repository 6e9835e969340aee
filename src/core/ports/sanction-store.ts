import type { NewAuditEntry } from '../model/audit.js';
import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { NewSanction, Sanction, SanctionKind } from '../model/sanction.js';
import type { Page } from './conversation-store.js';

export interface SanctionQuery {
  readonly conversationId?: ConversationId | undefined;
  readonly userId?: UserId | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export abstract class SanctionStore {
  /** One that holds now; `conversationId` null for one that holds everywhere. */
  abstract find(
    conversationId: ConversationId | null,
    userId: UserId,
    kind: SanctionKind,
  ): Promise<Sanction | null>;
  abstract get(id: number): Promise<Sanction | null>;
  /** The gravest that holds everywhere now. */
  abstract findEverywhere(userId: UserId): Promise<Sanction | null>;
  /** Those that hold now, newest first. */
  abstract list(query: SanctionQuery): Promise<Page<Sanction>>;
  /** Bans that end, or ended, between these. */
  abstract bansEnding(from: Date, to: Date): Promise<readonly Sanction[]>;
  /**
   * Holds from then on: what the user sent before is committed, what comes later finds it. Takes
   * the place of one of the same kind; where `replaces` is given, of that one only, or of none:
   * CONFLICT otherwise. Null where the conversation is gone.
   */
  abstract put(
    sanction: NewSanction,
    entry: NewAuditEntry,
    replaces?: number | null,
  ): Promise<Sanction | null>;
  /** False where it held no more. */
  abstract lift(id: number, entry: NewAuditEntry): Promise<boolean>;
  /** Forgets those that ended before that moment. */
  abstract forgetEndedBefore(moment: Date): Promise<void>;
}
