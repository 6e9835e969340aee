import { IsNull, MoreThan, type DataSource } from 'typeorm';
import type { ConversationId } from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import type { Sanction, SanctionKind } from '../../core/model/sanction.js';
import { SanctionStore } from '../../core/ports/sanction-store.js';
import { ConversationEntity, SanctionEntity } from '../entities/index.js';

export class TypeOrmSanctionStore extends SanctionStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  find(
    conversationId: ConversationId,
    userId: UserId,
    kind: SanctionKind,
  ): Promise<Sanction | null> {
    const which = { conversationId, userId, kind };
    return this.dataSource.getRepository(SanctionEntity).findOneBy([
      { ...which, expiresAt: IsNull() },
      { ...which, expiresAt: MoreThan(new Date()) },
    ]);
  }

  /** Under the conversation's row lock: a send either committed before, or is judged by it. */
  put(sanction: Sanction): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const conversation = await manager.findOne(ConversationEntity, {
        select: { id: true },
        where: { id: sanction.conversationId },
        lock: { mode: 'for_no_key_update' },
      });
      if (!conversation) return false;
      await manager.upsert(SanctionEntity, { ...sanction }, ['conversationId', 'userId', 'kind']);
      return true;
    });
  }
}
