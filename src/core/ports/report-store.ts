import type { UserId } from '../model/identity.js';
import type { NewReport, Report, Resolution } from '../model/report.js';
import type { Page } from './conversation-store.js';

export interface ResolutionOfReport {
  readonly resolvedBy: UserId;
  readonly resolution: Resolution;
  readonly note: string | null;
}

export abstract class ReportStore {
  /** Returns the id; of the first one where the user reported that message before. */
  abstract add(report: NewReport): Promise<number>;
  abstract find(id: number): Promise<Report | null>;
  /** Oldest first. */
  abstract list(query: { isOpen: boolean; cursor?: string; limit: number }): Promise<Page<Report>>;
  /** Null where it is resolved already, or there is none. */
  abstract resolve(id: number, resolution: ResolutionOfReport): Promise<Report | null>;
}
