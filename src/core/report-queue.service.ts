import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { MessageChangesService } from './message-changes.service.js';
import type { NewAuditEntry } from './model/audit.js';
import { isAdmin, isModerator, type Identity, type UserId } from './model/identity.js';
import type { MessageId } from './model/message.js';
import type { Report, Resolution } from './model/report.js';
import { wireUserId } from './model/wire-ids.js';
import { ModerationService } from './moderation.service.js';
import { MessageStore } from './ports/message-store.js';
import { ReportStore } from './ports/report-store.js';
import { UserStore } from './ports/user-store.js';
import { ReportsService } from './reports.service.js';
import type { Measure } from './role-policy.js';

/** What is done to the author of the message. */
export interface AuthorSanction {
  readonly action: Measure;
  /** Else in the conversation of the message. */
  readonly isEverywhere: boolean;
  /** 0, or none, for one without an end. */
  readonly durationMinutes?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

export interface ResolveRequest {
  readonly resolution: Resolution;
  readonly note?: string | null | undefined;
  readonly sanction?: AuthorSanction | null | undefined;
}

/** The moderators' work on reports: who looks into which, and what comes of it. */
@Injectable()
export class ReportQueueService {
  constructor(
    private readonly store: ReportStore,
    private readonly reports: ReportsService,
    private readonly users: UserStore,
    private readonly messages: MessageStore,
    private readonly changes: MessageChangesService,
    private readonly moderation: ModerationService,
  ) {}

  /**
   * Has that moderator look into a report; null frees it. What another holds stays with him, save
   * for administrators. CONFLICT, also where another was first or it is resolved; USER_NOT_FOUND,
   * VALIDATION_FAILED for who is no moderator; otherwise as `ReportsService.get`.
   */
  async assign(identity: Identity, id: number, assignee: UserId | null): Promise<Report> {
    const report = await this.getOpen(identity, id);
    if (report.assignedTo === assignee) return report;
    if (assignee !== null && assignee !== identity.userId) await this.assertMayHold(assignee);
    const details = { assignedTo: assignee === null ? null : wireUserId(assignee) };
    const entry = entryOf(identity, report, { action: 'report.assigned', details });
    const assigned = await this.store.assign(report, assignee, entry);
    return assigned ?? this.refuse(identity, id);
  }

  /**
   * Ends a report; `removed` deletes the message, `sanction` acts on its author as
   * `ModerationService.act` does, with its errors: what fails leaves the report open. CONFLICT
   * where another moderator holds it or was first; otherwise as `ReportsService.get`.
   */
  async resolve(identity: Identity, id: number, request: ResolveRequest): Promise<Report> {
    const { resolution, note = null, sanction } = request;
    assertFits(resolution, sanction ?? null);
    const report =
      resolution === 'dismissed'
        ? await this.getOpen(identity, id)
        : await this.claim(identity, id);
    // Before the report is closed, and first what the moderator may not be allowed to do.
    if (sanction) await this.sanction(identity, report, sanction);
    if (resolution === 'removed') await this.remove(identity, report.messageId);
    const details = { resolution, ...(sanction && { sanction: sanction.action }) };
    const entry = entryOf(identity, report, { action: 'report.resolved', reason: note, details });
    const { userId: resolvedBy } = identity;
    const resolved = await this.store.resolve(report, { resolvedBy, resolution, note }, entry);
    return resolved ?? this.refuse(identity, id);
  }

  /** One that is there to be worked on by that moderator. */
  private async getOpen(identity: Identity, id: number): Promise<Report> {
    const report = await this.reports.get(identity, id);
    if (report.resolvedAt) throw conflict('This report is resolved already.');
    const isFree = report.assignedTo === null || report.assignedTo === identity.userId;
    if (isFree || isAdmin(identity)) return report;
    throw conflict(
      'Another moderator looks into this report: ask them to free it, or an administrator.',
    );
  }

  /** It is not as it was seen any more: somebody else was first. */
  private async refuse(identity: Identity, id: number): Promise<never> {
    await this.getOpen(identity, id);
    throw conflict('This report has changed this very moment: look at it again.');
  }

  private async assertMayHold(userId: UserId): Promise<void> {
    const user = await this.users.find(userId);
    if (!user) throw new ChatError('USER_NOT_FOUND');
    if (!isModerator({ roles: new Set(user.roles) })) {
      throw ChatError.invalid('userId', 'must be a moderator');
    }
  }

  private async sanction(
    identity: Identity,
    { conversationId, senderId: userId }: Report,
    { isEverywhere, ...measure }: AuthorSanction,
  ): Promise<void> {
    const place = isEverywhere ? null : conversationId;
    await this.moderation.act(identity, { ...measure, conversationId: place, userId });
  }

  /** It may be gone by then, which is what was asked for. */
  private async remove(identity: Identity, messageId: MessageId): Promise<void> {
    const message = await this.messages.find(messageId);
    if (message && !message.deletedAt) await this.changes.delete(identity, messageId);
  }

  /** Of two at once one goes on: what follows is done once. */
  private async claim(identity: Identity, id: number): Promise<Report> {
    const report = await this.getOpen(identity, id);
    if (report.assignedTo === identity.userId) return report;
    return this.assign(identity, id, identity.userId);
  }
}

function assertFits(resolution: Resolution, sanction: AuthorSanction | null): void {
  if (resolution === 'sanctioned' && !sanction) {
    throw ChatError.invalid('sanction', 'must say what is done to the author');
  }
  if (resolution === 'dismissed' && sanction) {
    throw ChatError.invalid('sanction', 'must be absent where the report is dismissed');
  }
}

const entryOf = (
  { userId: actorId }: Identity,
  { id: reportId, messageId, conversationId, senderId: userId }: Report,
  act: Pick<NewAuditEntry, 'action' | 'reason' | 'details'>,
): NewAuditEntry => ({ ...act, actorId, userId, conversationId, messageId, reportId });

const conflict = (text: string) => new ChatError('CONFLICT', { text });
