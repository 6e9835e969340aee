import type { DataSource } from 'typeorm';
import type { UserId } from '../../core/model/identity.js';
import { NO_RULES, type ModerationRules, type StoredRules } from '../../core/model/rules.js';
import { RulesStore } from '../../core/ports/rules-store.js';
import type { NewAuditEntry } from '../../core/model/audit.js';
import { ModerationRulesEntity } from '../entities/index.js';
import { recordAct } from './typeorm-audit.log.js';

const THE_ROW = { id: 1 };

export class TypeOrmRulesStore extends RulesStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async read(): Promise<StoredRules> {
    const { rules, version, updatedAt, updatedBy } = await this.dataSource
      .getRepository(ModerationRulesEntity)
      .findOneByOrFail(THE_ROW);
    return { rules: { ...NO_RULES, ...rules }, version, updatedAt, updatedBy };
  }

  async replace(
    rules: ModerationRules,
    { userId: updatedBy, version }: { userId: UserId; version: number | null },
  ): Promise<StoredRules | null> {
    const updatedAt = new Date();
    const change = { rules, updatedAt, updatedBy, version: () => 'version + 1' };
    const row = await this.dataSource.transaction(async (manager) => {
      const result = await manager
        .createQueryBuilder()
        .update(ModerationRulesEntity, change)
        .where({ ...THE_ROW, ...(version !== null && { version }) })
        .returning('version')
        .execute();
      const [changed] = result.raw as { version: number }[];
      if (changed) await recordAct(manager, changeOf(updatedBy, changed.version));
      return changed;
    });
    return row ? { rules, version: row.version, updatedAt, updatedBy } : null;
  }
}

const changeOf = (actorId: UserId, version: number): NewAuditEntry => ({
  actorId,
  action: 'rules.changed',
  details: { version },
});
