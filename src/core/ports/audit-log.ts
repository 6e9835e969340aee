import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { AuditAction, AuditEntry, NewAuditEntry } from '../model/audit.js';
import type { Page } from './conversation-store.js';

export interface AuditQuery {
  readonly actorId?: UserId | undefined;
  readonly userId?: UserId | undefined;
  readonly conversationId?: ConversationId | undefined;
  readonly action?: AuditAction | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Every act of moderation. There is no way to change or delete an entry. */
export abstract class AuditLog {
  /** For acts whose own store does not write the entry with them, in one transaction. */
  abstract record(entry: NewAuditEntry): Promise<void>;
  /** Newest first. */
  abstract list(query: AuditQuery): Promise<Page<AuditEntry>>;
}
