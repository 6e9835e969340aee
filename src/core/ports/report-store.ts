import type { NewAuditEntry } from '../model/audit.js';
import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { NewReport, Report, Resolution } from '../model/report.js';
import type { Page } from './conversation-store.js';

export interface ReportQuery {
  readonly isOpen: boolean;
  /** Null for those that are assigned to nobody. */
  readonly assignedTo?: UserId | null | undefined;
  readonly conversationId?: ConversationId | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface ResolutionOfReport {
  readonly resolvedBy: UserId;
  readonly resolution: Resolution;
  readonly note: string | null;
}

/** What a change of a report was decided by: it is made only where that is still so. */
export interface ReportAsSeen {
  readonly id: number;
  /** Whom it was assigned to. */
  readonly assignedTo: UserId | null;
}

export abstract class ReportStore {
  /** Returns the id; of the first one where the user reported that message before. */
  abstract add(report: NewReport): Promise<number>;
  abstract find(id: number): Promise<Report | null>;
  /** Oldest first. */
  abstract list(query: ReportQuery): Promise<Page<Report>>;
  /** How many reports of messages by that user came before that one. */
  abstract countEarlier(report: Pick<Report, 'id' | 'senderId'>): Promise<number>;
  /** Null where it is resolved already, assigned to another by now, or not there. */
  abstract assign(
    seen: ReportAsSeen,
    assignedTo: UserId | null,
    entry: NewAuditEntry,
  ): Promise<Report | null>;
  /** As `assign`. */
  abstract resolve(
    seen: ReportAsSeen,
    resolution: ResolutionOfReport,
    entry: NewAuditEntry,
  ): Promise<Report | null>;
}
