import type { DataSource, EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm';
import type { AuditEntry, NewAuditEntry } from '../../core/model/audit.js';
import { AuditLog, type AuditQuery } from '../../core/ports/audit-log.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { AuditEntryEntity } from '../entities/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';

/** In the transaction of the act itself: there is neither without the other. */
export async function recordAct(manager: EntityManager, entry: NewAuditEntry): Promise<void> {
  // A copy: what was generated is written back into what is given.
  const row = { ...entry } as QueryDeepPartialEntity<AuditEntryEntity>;
  await manager.insert(AuditEntryEntity, row);
}

export class TypeOrmAuditLog extends AuditLog {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  record(entry: NewAuditEntry): Promise<void> {
    return recordAct(this.dataSource.manager, entry);
  }

  async list({ cursor, limit, ...filters }: AuditQuery): Promise<Page<AuditEntry>> {
    const query = this.dataSource
      .getRepository(AuditEntryEntity)
      .createQueryBuilder('a')
      .orderBy('a.id', 'DESC')
      .limit(limit + 1);
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    query.where(Object.fromEntries(given));
    if (cursor !== undefined) {
      const [before] = decodeCursor(cursor, ['integer']);
      query.andWhere('a.id < CAST(:before AS bigint)', { before });
    }
    const rows = await query.getMany();
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last ? encodeCursor(last.id) : null };
  }
}
