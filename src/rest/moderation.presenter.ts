import type { AuditEntry } from '../core/model/audit.js';
import type { UserId } from '../core/model/identity.js';
import type { Sanction } from '../core/model/sanction.js';
import { wireUserId, type WireUserId } from '../core/model/wire-ids.js';
import type { Moderation, ModerationCommand } from '../core/moderation.service.js';

export const idOrNull = (id: UserId | null): WireUserId => (id === null ? null : wireUserId(id));

/** What was done: `id` is null for a kick, which does not last. */
export const moderationView = (done: Moderation) => ({
  id: done.id,
  action: done.action,
  conversationId: done.conversationId,
  userId: wireUserId(done.userId),
  moderatorId: wireUserId(done.moderatorId),
  reason: done.reason,
  createdAt: done.createdAt,
  expiresAt: done.expiresAt,
});

export const sanctionView = ({ kind, ...sanction }: Sanction) =>
  moderationView({ ...sanction, action: kind satisfies ModerationCommand });

export const auditView = (entry: AuditEntry) => ({
  id: entry.id,
  at: entry.at,
  action: entry.action,
  actorId: wireUserId(entry.actorId),
  userId: idOrNull(entry.userId),
  conversationId: entry.conversationId,
  messageId: entry.messageId,
  reportId: entry.reportId,
  reason: entry.reason,
  details: entry.details,
});
