import type { Report } from '../core/model/report.js';
import { wireUserId } from '../core/model/wire-ids.js';
import type { ReportInContext } from '../core/reports.service.js';
import { idOrNull, sanctionView } from './moderation.presenter.js';
import { messageView } from './rest.presenter.js';

export const reportView = (report: Report) => ({
  id: report.id,
  conversationId: report.conversationId,
  messageId: report.messageId,
  reason: report.reason,
  details: report.details,
  reporterId: wireUserId(report.reporterId),
  reporterName: report.reporterName,
  /** As it was when it was reported. */
  message: {
    senderId: wireUserId(report.senderId),
    senderName: report.senderName,
    content: report.content,
    attachments: report.attachments,
  },
  createdAt: report.createdAt,
  assignedTo: idOrNull(report.assignedTo),
  assignedAt: report.assignedAt,
  resolvedAt: report.resolvedAt,
  resolvedBy: idOrNull(report.resolvedBy),
  resolution: report.resolution,
  note: report.note,
});

export const reportInContextView = (found: ReportInContext) => ({
  ...reportView(found.report),
  context: found.context?.map(messageView) ?? null,
  sanctions: found.sanctions.map(sanctionView),
  earlierReports: found.earlierReports,
});
