import { IsNull, LessThan, type DataSource, type Repository } from 'typeorm';
import type { NewAuditEntry } from '../../core/model/audit.js';
import type { UserId } from '../../core/model/identity.js';
import type { NewReport, Report } from '../../core/model/report.js';
import type { Page } from '../../core/ports/conversation-store.js';
import {
  ReportStore,
  type ReportAsSeen,
  type ReportQuery,
  type ResolutionOfReport,
} from '../../core/ports/report-store.js';
import { ReportEntity } from '../entities/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { recordAct } from './typeorm-audit.log.js';

type ReportChange = Partial<Pick<Report, 'assignedTo' | 'assignedAt' | 'resolvedAt'>> &
  Partial<ResolutionOfReport>;

export class TypeOrmReportStore extends ReportStore {
  private readonly reports: Repository<ReportEntity>;

  constructor(private readonly dataSource: DataSource) {
    super();
    this.reports = dataSource.getRepository(ReportEntity);
  }

  async add({ attachments, ...report }: NewReport): Promise<number> {
    await this.reports
      .createQueryBuilder()
      .insert()
      .values({ ...report, attachments: [...attachments] })
      .orIgnore()
      .execute();
    const { messageId, reporterId } = report;
    const { id } = await this.reports.findOneOrFail({
      select: { id: true },
      where: { messageId, reporterId },
    });
    return id;
  }

  find(id: number): Promise<Report | null> {
    return this.reports.findOneBy({ id });
  }

  async list(query: ReportQuery): Promise<Page<Report>> {
    const { isOpen, assignedTo, conversationId, cursor, limit } = query;
    const [after = 0] = cursor === undefined ? [] : decodeCursor(cursor, ['integer']);
    const reports = this.reports
      .createQueryBuilder('r')
      // A forged cursor may hold more than an id does.
      .where('r.id > CAST(:after AS bigint)', { after })
      .andWhere(isOpen ? 'r.resolvedAt IS NULL' : 'r.resolvedAt IS NOT NULL')
      .orderBy('r.id')
      .take(limit + 1);
    if (assignedTo !== undefined) reports.andWhere({ assignedTo: assignedTo ?? IsNull() });
    if (conversationId !== undefined) reports.andWhere({ conversationId });
    const found = await reports.getMany();
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? encodeCursor(last.id) : null };
  }

  countEarlier({ id, senderId }: Pick<Report, 'id' | 'senderId'>): Promise<number> {
    return this.reports.countBy({ senderId, id: LessThan(id) });
  }

  assign(
    seen: ReportAsSeen,
    assignedTo: UserId | null,
    entry: NewAuditEntry,
  ): Promise<Report | null> {
    const assignedAt = assignedTo === null ? null : new Date();
    return this.change(seen, { assignedTo, assignedAt }, entry);
  }

  resolve(
    seen: ReportAsSeen,
    resolution: ResolutionOfReport,
    entry: NewAuditEntry,
  ): Promise<Report | null> {
    return this.change(seen, { ...resolution, resolvedAt: new Date() }, entry);
  }

  /** Of several at once one finds it as it was seen. */
  private change(
    { id, assignedTo }: ReportAsSeen,
    change: ReportChange,
    entry: NewAuditEntry,
  ): Promise<Report | null> {
    return this.dataSource.transaction(async (manager) => {
      const asSeen = { id, resolvedAt: IsNull(), assignedTo: assignedTo ?? IsNull() };
      const { affected } = await manager.update(ReportEntity, asSeen, change);
      if (!affected) return null;
      await recordAct(manager, entry);
      return manager.findOneBy(ReportEntity, { id });
    });
  }
}
