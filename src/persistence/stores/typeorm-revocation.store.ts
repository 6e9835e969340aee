import { LessThanOrEqual, type DataSource, type Repository } from 'typeorm';
import type { NewRevocation, Revocation, RevokedTokens } from '../../core/model/revocation.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { RevocationStore } from '../../core/ports/revocation-store.js';
import { RevocationEntity } from '../entities/index.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { recordAct } from './typeorm-audit.log.js';

export class TypeOrmRevocationStore extends RevocationStore {
  private readonly revocations: Repository<RevocationEntity>;

  constructor(private readonly dataSource: DataSource) {
    super();
    this.revocations = dataSource.getRepository(RevocationEntity);
  }

  add(revocation: NewRevocation): Promise<Revocation> {
    const { revokedBy: actorId, userId, reason, tokenId, before } = revocation;
    return this.dataSource.transaction(async (manager) => {
      const added = await manager.save(this.revocations.create(revocation));
      const details = { revocationId: added.id, tokenId, before };
      await recordAct(manager, { actorId, action: 'tokens.revoked', userId, reason, details });
      return added;
    });
  }

  async list({ cursor, limit }: { cursor?: string; limit: number }): Promise<Page<Revocation>> {
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, ['integer']);
    const query = this.revocations
      .createQueryBuilder('r')
      .orderBy('r.id', 'DESC')
      .take(limit + 1);
    // A forged cursor may hold more than an id does.
    if (before !== undefined) query.where('r.id < CAST(:before AS bigint)', { before });
    const found = await query.getMany();
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? encodeCursor(last.id) : null };
  }

  /** Of two about the same token the one that goes further: null is for ever. */
  inForce(): Promise<readonly RevokedTokens[]> {
    return this.revocations
      .createQueryBuilder('r')
      .select('r.token_id', 'tokenId')
      .addSelect('r.user_id', 'userId')
      .addSelect('max(r.before)', 'before')
      .addSelect('CASE WHEN count(*) = count(r.expires_at) THEN max(r.expires_at) END', 'expiresAt')
      .where('r.expires_at IS NULL OR r.expires_at > :now', { now: new Date() })
      .groupBy('r.token_id')
      .addGroupBy('r.user_id')
      .getRawMany<RevokedTokens>();
  }

  async forgetExpired(): Promise<void> {
    await this.revocations.delete({ expiresAt: LessThanOrEqual(new Date()) });
  }
}
