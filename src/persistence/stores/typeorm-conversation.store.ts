import { MoreThan, type DataSource, type EntityManager, type Repository } from 'typeorm';
import { ChatError } from '../../core/core.errors.js';
import type {
  Conversation,
  ConversationId,
  ConversationSummary,
} from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import {
  ConversationStore,
  type ConversationChange,
  type NewConversation,
  type NewLiveRoom,
  type Page,
} from '../../core/ports/conversation-store.js';
import { isUniqueViolation } from '../database-errors.js';
import { pairColumns } from '../entities/columns.js';
import { ConversationEntity, ParticipantEntity } from '../entities/index.js';
import { isBanned } from './active-sanctions.js';
import { listSummaries, readSummary } from './conversation-summaries.js';
import { deleteConversation } from './delete-conversation.js';

const slugTaken = () => new ChatError('CONFLICT', { text: 'This slug is taken.' });

const LIVE_AMONG = `c.type = 'live' AND c.id = ANY (:ids)
  AND (c.is_public AND (c.allow_anonymous OR :userId::text IS NOT NULL) OR EXISTS (
    SELECT 1 FROM participants p WHERE p.conversation_id = c.id AND p.user_id = :userId
  )) AND NOT ${isBanned('c.id', ':userId')}`;

export class TypeOrmConversationStore extends ConversationStore {
  private readonly conversations: Repository<ConversationEntity>;

  constructor(private readonly dataSource: DataSource) {
    super();
    this.conversations = dataSource.getRepository(ConversationEntity);
  }

  find(id: ConversationId): Promise<Conversation | null> {
    return this.conversations.findOneBy({ id });
  }

  async idOfSlug(slug: string): Promise<ConversationId | null> {
    const found = await this.conversations.findOne({ select: { id: true }, where: { slug } });
    return found?.id ?? null;
  }

  async idOfDirect(a: UserId, b: UserId): Promise<ConversationId | null> {
    const found = await this.conversations.findOne({
      select: { id: true },
      where: pairColumns(a, b),
    });
    return found?.id ?? null;
  }

  async create(conversation: NewConversation): Promise<Conversation> {
    const { participantIds, ...columns } = conversation;
    try {
      return await this.dataSource.transaction(async (manager) => {
        const participantCount = participantIds.length + 1;
        const created = await insert(manager, { ...columns, participantCount });
        await manager.insert(ParticipantEntity, [
          { conversationId: created.id, userId: conversation.createdBy, role: 'owner' },
          ...participantIds.map((userId) => ({
            conversationId: created.id,
            userId,
            role: 'member' as const,
          })),
        ]);
        return created;
      });
    } catch (error) {
      throw isUniqueViolation(error) ? slugTaken() : error;
    }
  }

  async heads(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, number>> {
    const rows = await this.dataSource.query<{ id: ConversationId; last_seq: string }[]>(
      'SELECT id, last_seq FROM conversations WHERE id = ANY ($1)',
      [ids],
    );
    return new Map(rows.map(({ id, last_seq }) => [id, Number(last_seq)]));
  }

  async openDirect(creator: UserId, other: UserId) {
    const existing = await this.conversations.findOneBy(pairColumns(creator, other));
    if (existing) return { conversation: existing, isNew: false };
    try {
      return { conversation: await this.createDirect(creator, other), isNew: true };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // Both wrote to each other at the same moment: the other's row is the conversation.
      const first = await this.conversations.findOneByOrFail(pairColumns(creator, other));
      return { conversation: first, isNew: false };
    }
  }

  async ensurePublic(slug: string): Promise<Conversation> {
    const existing = await this.conversations.findOneBy({ slug });
    if (existing) return existing;
    await this.insertIfFree({ type: 'public', slug, isPublic: true });
    return this.conversations.findOneByOrFail({ slug });
  }

  async ensureLive(slug: string, { title, keptUntil }: NewLiveRoom): Promise<ConversationId> {
    for (;;) {
      // Looked for first: an insert that finds the slug taken costs an id all the same.
      const existing = await this.idOfSlug(slug);
      if (existing !== null) return existing;
      const columns = { title, keptUntil, isPublic: true, allowAnonymous: true };
      await this.insertIfFree({ type: 'live', slug, ...columns });
    }
  }

  liveAmong(
    ids: readonly ConversationId[],
    userId: UserId | null,
  ): Promise<readonly Conversation[]> {
    return this.conversations
      .createQueryBuilder('c')
      .where(LIVE_AMONG, { ids: [...ids], userId })
      .orderBy('c.id')
      .getMany();
  }

  async update(id: ConversationId, change: ConversationChange): Promise<Conversation | null> {
    try {
      if (Object.keys(change).length > 0) await this.conversations.update({ id }, change);
      return await this.find(id);
    } catch (error) {
      throw isUniqueViolation(error) ? slugTaken() : error;
    }
  }

  async delete(id: ConversationId): Promise<void> {
    await this.dataSource.transaction((manager) => deleteConversation(manager, id));
  }

  listOf(
    userId: UserId,
    page: { cursor?: string; limit: number },
  ): Promise<Page<ConversationSummary>> {
    return listSummaries(this.dataSource, userId, page);
  }

  slowOnes(): Promise<readonly Pick<Conversation, 'id' | 'slowModeSeconds'>[]> {
    return this.conversations.find({
      select: { id: true, slowModeSeconds: true },
      where: { slowModeSeconds: MoreThan(0) },
    });
  }

  summaryOf(id: ConversationId, userId: UserId): Promise<ConversationSummary | null> {
    return readSummary(this.dataSource, id, userId);
  }

  private async insertIfFree(columns: Partial<ConversationEntity>): Promise<void> {
    const insert = this.conversations.createQueryBuilder().insert().values(columns);
    await insert.orIgnore().execute();
  }

  private createDirect(creator: UserId, other: UserId): Promise<Conversation> {
    return this.dataSource.transaction(async (manager) => {
      const pair = pairColumns(creator, other);
      const created = await insert(manager, {
        type: 'direct',
        ...pair,
        createdBy: creator,
        participantCount: 2,
      });
      const conversationId = created.id;
      await manager.insert(ParticipantEntity, [
        { conversationId, userId: creator, role: 'member' },
        { conversationId, userId: other, role: 'member' },
      ]);
      return created;
    });
  }
}

async function insert(
  manager: EntityManager,
  columns: Partial<ConversationEntity>,
): Promise<ConversationEntity> {
  const { identifiers } = await manager.insert(ConversationEntity, columns);
  return manager.findOneByOrFail(ConversationEntity, { id: identifiers[0]?.id as number });
}
