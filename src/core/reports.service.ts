import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { MessagesService } from './messages.service.js';
import { isModerator, type Identity } from './model/identity.js';
import type { MessageId } from './model/message.js';
import type { Report, Resolution } from './model/report.js';
import { PermissionsService } from './permissions.service.js';
import type { Page } from './ports/conversation-store.js';
import { MessageStore } from './ports/message-store.js';
import { ReportStore } from './ports/report-store.js';
import { SendLimiter } from './ports/send-limiter.js';
import { isBlank, isLongerThan } from './text.js';

export interface ReportRequest {
  readonly messageId: MessageId;
  readonly reason: string;
  readonly details?: string | null | undefined;
}

/** The name by which the limiter counts reports. */
const REPORTS = 'reports';

/** The moderators' queue: messages that users ask them to look at. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly store: ReportStore,
    private readonly messageStore: MessageStore,
    private readonly messages: MessagesService,
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
    const message = await this.messageStore.find(messageId);
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
  list(
    identity: Identity,
    query: { isOpen: boolean; cursor?: string; limit: number },
  ): Promise<Page<Report>> {
    assertModerator(identity);
    return this.store.list(query);
  }

  /**
   * Ends a report; `removed` deletes the message. CONFLICT where another moderator was first,
   * MESSAGE_NOT_FOUND where there is no such report.
   */
  async resolve(
    identity: Identity,
    id: number,
    { resolution, note = null }: { resolution: Resolution; note?: string | null | undefined },
  ): Promise<Report> {
    assertModerator(identity);
    const report = await this.store.find(id);
    if (!report) throw new ChatError('MESSAGE_NOT_FOUND', { text: 'There is no such report.' });
    if (report.resolvedAt) throw resolvedAlready();
    // Before the report is closed: a removal that fails leaves it open, to be tried again.
    if (resolution === 'removed') await this.remove(identity, report.messageId);
    const { userId: resolvedBy } = identity;
    const resolved = await this.store.resolve(id, { resolvedBy, resolution, note });
    if (!resolved) throw resolvedAlready();
    return resolved;
  }

  /** It may be gone by then, which is what was asked for. */
  private async remove(identity: Identity, messageId: MessageId): Promise<void> {
    try {
      await this.messages.delete(identity, messageId);
    } catch (error) {
      if (!(error instanceof ChatError && error.code === 'MESSAGE_NOT_FOUND')) throw error;
    }
  }
}

const resolvedAlready = () =>
  new ChatError('CONFLICT', { text: 'This report is resolved already.' });

function assertModerator(identity: Identity): void {
  if (!isModerator(identity)) throw new ChatError('PERMISSION_DENIED');
}

function assertLength(field: string, text: string, max: number): void {
  if (isLongerThan(text, max)) throw ChatError.invalid(field, `must be at most ${max} characters`);
}
