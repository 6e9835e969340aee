import type { DataSource, EntityManager } from 'typeorm';
import type { UserId } from '../../core/model/identity.js';
import { BlockStore, type Block, type BlockOutcome } from '../../core/ports/block-store.js';
import { pairColumns } from '../entities/columns.js';
import { BlockEntity, ConversationEntity, UserEntity } from '../entities/index.js';
import { isBlockBetween } from './block-between.js';

interface BlockRow {
  blocked_id: string;
  username: string | null;
  created_at: Date;
}

const BLOCKED_BY = `
  SELECT b.blocked_id, u.username, b.created_at
  FROM blocks b LEFT JOIN users u ON u.id = b.blocked_id
  WHERE b.user_id = $1 ORDER BY b.created_at, b.blocked_id`;

const BLOCKERS = 'SELECT user_id FROM blocks WHERE user_id = ANY ($1) AND blocked_id = $2';

export class TypeOrmBlockStore extends BlockStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  add(userId: UserId, blockedId: UserId, max: number): Promise<BlockOutcome> {
    return this.dataSource.transaction(async (manager) => {
      await lock(manager, userId, blockedId);
      if (await manager.existsBy(BlockEntity, { userId, blockedId })) return 'already';
      if ((await manager.countBy(BlockEntity, { userId })) >= max) return 'full';
      await manager.insert(BlockEntity, { userId, blockedId });
      return 'added';
    });
  }

  async remove(userId: UserId, blockedId: UserId): Promise<boolean> {
    const blocks = this.dataSource.getRepository(BlockEntity);
    const { affected } = await blocks.delete({ userId, blockedId });
    return Boolean(affected);
  }

  async blockedBy(userId: UserId): Promise<readonly Block[]> {
    const rows = await this.dataSource.query<BlockRow[]>(BLOCKED_BY, [userId]);
    return rows.map(({ blocked_id: blockedId, username, created_at: createdAt }) => ({
      blockedId,
      username: username ?? `user_${blockedId}`,
      createdAt,
    }));
  }

  async blockersAmong(userIds: readonly UserId[], blockedId: UserId): Promise<ReadonlySet<UserId>> {
    const parameters = [userIds, blockedId];
    const rows = await this.dataSource.query<{ user_id: string }[]>(BLOCKERS, parameters);
    return new Set(rows.map((row) => row.user_id));
  }

  async isBetween(a: UserId, b: UserId): Promise<boolean> {
    const [row] = await this.dataSource.query<{ is_blocked: boolean }[]>(
      `SELECT ${isBlockBetween('$1', '$2')} AS is_blocked`,
      [a, b],
    );
    return row?.is_blocked ?? false;
  }
}

/**
 * The user's row, so that what one has blocked is counted by one at a time; and the conversation
 * of the two, where there is one: a send either committed before, or is judged by the block.
 */
async function lock(manager: EntityManager, userId: UserId, blockedId: UserId): Promise<void> {
  await manager.findOne(UserEntity, {
    select: { id: true },
    where: { id: userId },
    lock: { mode: 'for_no_key_update' },
  });
  await manager.findOne(ConversationEntity, {
    select: { id: true },
    where: pairColumns(userId, blockedId),
    lock: { mode: 'for_no_key_update' },
  });
}
