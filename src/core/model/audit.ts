import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';
import type { MessageId } from './message.js';

/** What moderators do, by name. */
export const AUDIT_ACTIONS = [
  'sanction.applied',
  'sanction.lifted',
  'user.kicked',
  'participant.removed',
  'message.deleted',
  'report.assigned',
  'report.resolved',
  'rules.changed',
  'tokens.revoked',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did what to whom. Written once, never changed. */
export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  readonly actorId: UserId;
  readonly action: AuditAction;
  /** Whom it was about. */
  readonly userId: UserId | null;
  readonly conversationId: ConversationId | null;
  readonly messageId: MessageId | null;
  readonly reportId: number | null;
  readonly reason: string | null;
  /** What else there is to know, of that action. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An act as it is told to the store that does it: what is left out is null. */
export type NewAuditEntry = Pick<AuditEntry, 'actorId' | 'action'> &
  Partial<Omit<AuditEntry, 'id' | 'at'>>;
