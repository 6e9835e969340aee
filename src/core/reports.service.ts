import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import type { Identity } from './model/identity.js';
import type { Message, MessageId } from './model/message.js';
import type { Report } from './model/report.js';
import type { Sanction } from './model/sanction.js';
import { PermissionsService } from './permissions.service.js';
import type { Page } from './ports/conversation-store.js';
import { MessageStore } from './ports/message-store.js';
import { ReportStore, type ReportQuery } from './ports/report-store.js';
import { SanctionStore } from './ports/sanction-store.js';
import { SendLimiter } from './ports/send-limiter.js';
import { assertModerator } from './role-policy.js';
import { isBlank, isLongerThan } from './text.js';

export interface ReportRequest {
  readonly messageId: MessageId;
  readonly reason: string;
  readonly details?: string | null | undefined;
}

/** What a moderator needs to see, to decide. */
export interface ReportInContext {
  readonly report: Report;
  /** The message as it is now, among those around it; null where the conversation is gone. */
  readonly context: readonly Message[] | null;
  /** Those of the author that hold now. */
  readonly sanctions: readonly Sanction[];
  /** How many reports of the author's messages came before. */
  readonly earlierReports: number;
}

/** The name by which the limiter counts reports. */
const REPORTS = 'reports';

/** Messages that users ask the moderators to look at. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly store: ReportStore,
    private readonly messages: MessageStore,
    private readonly sanctions: SanctionStore,
    private readonly permissions: PermissionsService,
    private readonly limiter: SendLimiter,
  ) {}

  /**
   * Returns the report's id; reporting the same message again is the same report.
   * MESSAGE_NOT_FOUND, VALIDATION_FAILED, RATE_LIMITED.
   */
  async report(
    identity: Identity,
    { messageId, reason, details = null }: ReportRequest,
  ): Promise<number> {
    assertLength('reason', reason, LIMITS.reportReasonLength);
    if (isBlank(reason)) throw ChatError.invalid('reason', 'must not be blank');
    assertLength('details', details ?? '', LIMITS.reportDetailsLength);
    await this.limiter.take(REPORTS, identity.userId);
    const { conversationId } = await this.permissions.locateVisible(identity, messageId);
    const message = await this.messages.find(messageId);
    if (!message || message.deletedAt) throw new ChatError('MESSAGE_NOT_FOUND');
    const { senderId, senderName, content, attachments } = message;
    return this.store.add({
      messageId,
      conversationId,
      reporterId: identity.userId,
      reporterName: identity.username,
      reason,
      details,
      senderId,
      senderName,
      content,
      attachments,
    });
  }

  /** Oldest first. PERMISSION_DENIED for all but moderators. */
  list(identity: Identity, query: ReportQuery): Promise<Page<Report>> {
    assertModerator(identity);
    return this.store.list(query);
  }

  /** PERMISSION_DENIED for all but moderators, MESSAGE_NOT_FOUND where there is no such report. */
  async get(identity: Identity, id: number): Promise<Report> {
    assertModerator(identity);
    const report = await this.store.find(id);
    if (!report) throw new ChatError('MESSAGE_NOT_FOUND', { text: 'There is no such report.' });
    return report;
  }

  /** As `get`. */
  async getInContext(identity: Identity, id: number): Promise<ReportInContext> {
    const report = await this.get(identity, id);
    const { senderId: userId } = report;
    const [context, sanctions, earlierReports] = await Promise.all([
      this.contextOf(report),
      this.sanctions.list({ userId, limit: LIMITS.pageSize }),
      this.store.countEarlier(report),
    ]);
    return { report, context, sanctions: sanctions.items, earlierReports };
  }

  private async contextOf({
    messageId,
    conversationId,
  }: Report): Promise<readonly Message[] | null> {
    const location = await this.messages.locate(messageId);
    if (!location) return null;
    const after = Math.max(0, location.seq - 1 - LIMITS.reportContext);
    // There are no gaps in `seq`: so many come before it, itself, and so many after it.
    const limit = location.seq - after + LIMITS.reportContext;
    const { messages } = await this.messages.page(conversationId, { after, limit });
    return messages.length > 0 ? messages : null;
  }
}

function assertLength(field: string, text: string, max: number): void {
  if (isLongerThan(text, max)) throw ChatError.invalid(field, `must be at most ${max} characters`);
}
