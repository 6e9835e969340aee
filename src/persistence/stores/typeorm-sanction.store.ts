import {
  Between,
  Brackets,
  LessThan,
  type DataSource,
  type EntityManager,
  type SelectQueryBuilder,
} from 'typeorm';
import { ChatError } from '../../core/core.errors.js';
import type { NewAuditEntry } from '../../core/model/audit.js';
import type { ConversationId } from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import type { NewSanction, Sanction, SanctionKind } from '../../core/model/sanction.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { SanctionStore, type SanctionQuery } from '../../core/ports/sanction-store.js';
import { ConversationEntity, SanctionEntity } from '../entities/index.js';
import { EVERYWHERE } from '../entities/sanction.entity.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { recordAct } from './typeorm-audit.log.js';

const placeOf = (conversationId: ConversationId | null): number => conversationId ?? EVERYWHERE;

const toSanction = (row: SanctionEntity): Sanction => ({
  id: row.id,
  conversationId: row.conversationId === EVERYWHERE ? null : row.conversationId,
  userId: row.userId,
  kind: row.kind,
  moderatorId: row.moderatorId,
  reason: row.reason,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
});

export class TypeOrmSanctionStore extends SanctionStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async find(
    conversationId: ConversationId | null,
    userId: UserId,
    kind: SanctionKind,
  ): Promise<Sanction | null> {
    const row = await this.active()
      .andWhere({ conversationId: placeOf(conversationId), userId, kind })
      .getOne();
    return row && toSanction(row);
  }

  async get(id: number): Promise<Sanction | null> {
    const row = await this.active().andWhere({ id }).getOne();
    return row && toSanction(row);
  }

  async findEverywhere(userId: UserId): Promise<Sanction | null> {
    const row = await this.active()
      .andWhere({ conversationId: EVERYWHERE, userId })
      .orderBy('s.kind')
      .limit(1)
      .getOne();
    return row && toSanction(row);
  }

  async list({ conversationId, userId, cursor, limit }: SanctionQuery): Promise<Page<Sanction>> {
    const query = this.active()
      .orderBy('s.id', 'DESC')
      .limit(limit + 1);
    if (conversationId !== undefined) query.andWhere({ conversationId });
    if (userId !== undefined) query.andWhere({ userId });
    if (cursor !== undefined) {
      const [before] = decodeCursor(cursor, ['integer']);
      query.andWhere('s.id < CAST(:before AS bigint)', { before });
    }
    const rows = await query.getMany();
    const items = rows.slice(0, limit).map(toSanction);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last ? encodeCursor(last.id) : null };
  }

  async bansEnding(from: Date, to: Date): Promise<readonly Sanction[]> {
    const ending = { kind: 'ban', expiresAt: Between(from, to) } as const;
    const rows = await this.dataSource.getRepository(SanctionEntity).findBy(ending);
    return rows.map(toSanction);
  }

  /** Under the conversation's row lock: a send either committed before, or is judged by it. */
  put(
    sanction: NewSanction,
    entry: NewAuditEntry,
    replaces?: number | null,
  ): Promise<Sanction | null> {
    const conversationId = placeOf(sanction.conversationId);
    const key = { conversationId, userId: sanction.userId, kind: sanction.kind };
    return this.dataSource.transaction(async (manager) => {
      if (sanction.conversationId !== null && !(await locks(manager, sanction.conversationId))) {
        return null;
      }
      const there = await this.active(manager).andWhere(key).setLock('pessimistic_write').getOne();
      if (replaces !== undefined && (there?.id ?? null) !== replaces) {
        throw new ChatError('CONFLICT', { text: 'Another moderator was first: look again.' });
      }
      // Another decision has another id: who lifts the one that was there does not lift this.
      const id = () => `nextval('sanction_ids')`;
      const row = { ...sanction, conversationId, id };
      await manager.upsert(SanctionEntity, row, Object.keys(key));
      const kept = await manager.findOneByOrFail(SanctionEntity, key);
      await recordAct(manager, { ...entry, details: { ...entry.details, sanctionId: kept.id } });
      return toSanction(kept);
    });
  }

  lift(id: number, entry: NewAuditEntry): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.delete(SanctionEntity, { id });
      if (affected) await recordAct(manager, entry);
      return Boolean(affected);
    });
  }

  async forgetEndedBefore(moment: Date): Promise<void> {
    await this.dataSource.getRepository(SanctionEntity).delete({ expiresAt: LessThan(moment) });
  }

  private active(
    source: DataSource | EntityManager = this.dataSource,
  ): SelectQueryBuilder<SanctionEntity> {
    const holds = new Brackets((either) =>
      either.where('s.expiresAt IS NULL').orWhere('s.expiresAt > clock_timestamp()'),
    );
    return source.getRepository(SanctionEntity).createQueryBuilder('s').where(holds);
  }
}

/** Whether the conversation is there; it is locked from then on. */
async function locks(manager: EntityManager, id: ConversationId): Promise<boolean> {
  const conversation = await manager.findOne(ConversationEntity, {
    select: { id: true },
    where: { id },
    lock: { mode: 'for_no_key_update' },
  });
  return conversation !== null;
}
