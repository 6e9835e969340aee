import { IsNull, type DataSource, type Repository } from 'typeorm';
import type { NewReport, Report } from '../../core/model/report.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { ReportStore, type ResolutionOfReport } from '../../core/ports/report-store.js';
import { ReportEntity } from '../entities/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';

export class TypeOrmReportStore extends ReportStore {
  private readonly reports: Repository<ReportEntity>;

  constructor(dataSource: DataSource) {
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

  async list({
    isOpen,
    cursor,
    limit,
  }: {
    isOpen: boolean;
    cursor?: string;
    limit: number;
  }): Promise<Page<Report>> {
    const [after = 0] = cursor === undefined ? [] : decodeCursor(cursor, ['integer']);
    const found = await this.reports
      .createQueryBuilder('r')
      // A forged cursor may hold more than an id does.
      .where('r.id > CAST(:after AS bigint)', { after })
      .andWhere(isOpen ? 'r.resolvedAt IS NULL' : 'r.resolvedAt IS NOT NULL')
      .orderBy('r.id')
      .take(limit + 1)
      .getMany();
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? encodeCursor(last.id) : null };
  }

  async resolve(id: number, resolution: ResolutionOfReport): Promise<Report | null> {
    const change = { ...resolution, resolvedAt: new Date() };
    const { affected } = await this.reports.update({ id, resolvedAt: IsNull() }, change);
    return affected ? this.find(id) : null;
  }
}
