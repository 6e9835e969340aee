import { type DataSource, type Repository } from 'typeorm';
import type { UserId } from '../../core/model/identity.js';
import { NO_RULES, type ModerationRules, type StoredRules } from '../../core/model/rules.js';
import { RulesStore } from '../../core/ports/rules-store.js';
import { ModerationRulesEntity } from '../entities/index.js';

const THE_ROW = { id: 1 };

export class TypeOrmRulesStore extends RulesStore {
  private readonly documents: Repository<ModerationRulesEntity>;

  constructor(dataSource: DataSource) {
    super();
    this.documents = dataSource.getRepository(ModerationRulesEntity);
  }

  async read(): Promise<StoredRules> {
    const { rules, version, updatedAt, updatedBy } = await this.documents.findOneByOrFail(THE_ROW);
    return { rules: { ...NO_RULES, ...rules }, version, updatedAt, updatedBy };
  }

  async replace(
    rules: ModerationRules,
    { userId: updatedBy, version }: { userId: UserId; version: number | null },
  ): Promise<StoredRules | null> {
    const updatedAt = new Date();
    const result = await this.documents
      .createQueryBuilder()
      .update({ rules, updatedAt, updatedBy, version: () => 'version + 1' })
      .where({ ...THE_ROW, ...(version !== null && { version }) })
      .returning('version')
      .execute();
    const [row] = result.raw as { version: number }[];
    return row ? { rules, version: row.version, updatedAt, updatedBy } : null;
  }
}
