import { LRUCache } from 'lru-cache';
import { atMost } from '../../core/bounded.js';
import { IsNull, type DataSource, type EntityManager, type Repository } from 'typeorm';
import { ChatError } from '../../core/core.errors.js';
import { LIMITS } from '../../core/core.limits.js';
import type { NewAuditEntry } from '../../core/model/audit.js';
import type { ConversationId } from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import type { Message, MessageId, Reactions } from '../../core/model/message.js';
import {
  MessageStore,
  type ClientMessageKey,
  type EditedMessage,
  type MessageEdit,
  type MessageLocation,
  type MessagePage,
  type MessageRange,
  type ReactionChange,
} from '../../core/ports/message-store.js';
import { ConversationEntity, MessageEntity, ReactionEntity } from '../entities/index.js';
import { MESSAGE_COLUMNS, REACTIONS_OF_M, toMessage, type MessageRow } from '../message-rows.js';
import { recordAct } from './typeorm-audit.log.js';

export class TypeOrmMessageStore extends MessageStore {
  private readonly messages: Repository<MessageEntity>;
  /** Where a message stands hardly changes; receipts ask for the newest ones all the time. */
  /** On another node a message may have become a shadow banned user's. */
  private readonly locations = new LRUCache<MessageId, MessageLocation>({
    ...atMost(50_000),
    ttl: 60_000,
  });

  constructor(private readonly dataSource: DataSource) {
    super();
    this.messages = dataSource.getRepository(MessageEntity);
  }

  find(id: MessageId): Promise<Message | null> {
    return findMessage(this.dataSource, id);
  }

  async locate(id: MessageId): Promise<MessageLocation | null> {
    const cached = this.locations.get(id);
    if (cached) return cached;
    const found = await this.messages.findOne({
      select: { id: true, conversationId: true, seq: true, senderId: true, isShadowed: true },
      where: { id },
    });
    if (!found) return null;
    const { conversationId, seq, senderId, isShadowed } = found;
    const location = { id, conversationId, seq, senderId, isShadowed };
    this.locations.set(id, location);
    return location;
  }

  knowsClientId(key: ClientMessageKey): Promise<boolean> {
    return this.messages.existsBy(key);
  }

  async page(conversationId: ConversationId, range: MessageRange): Promise<MessagePage> {
    const isForward = range.before === undefined && range.after !== undefined;
    const rows = await this.dataSource.query<MessageRow[]>(
      `SELECT ${MESSAGE_COLUMNS} FROM messages m
       WHERE m.conversation_id = $1 AND m.seq > $2 AND ($3::bigint IS NULL OR m.seq < $3)
       ORDER BY m.seq ${isForward ? 'ASC' : 'DESC'} LIMIT $4`,
      [conversationId, range.after ?? 0, range.before ?? null, range.limit + 1],
    );
    const shown = rows.slice(0, range.limit).map(toMessage);
    const messages = isForward ? shown : shown.reverse();
    return { messages, hasMore: rows.length > range.limit };
  }

  async edit(
    location: MessageLocation,
    { content, mentions, isShadowed }: MessageEdit,
  ): Promise<EditedMessage | null> {
    const edited = await this.dataSource.transaction(async (manager) => {
      const change = { content, mentions: [...mentions], editedAt: new Date(), isShadowed };
      const { affected } = await manager.update(MessageEntity, keyOf(location), change);
      if (!affected) return null;
      const revision = await nextRevision(manager);
      const message = await findMessage(manager, location.id);
      return message && { message, revision };
    });
    this.locations.delete(location.id);
    return edited;
  }

  async delete(
    location: MessageLocation,
    deletedBy: UserId,
    entry: NewAuditEntry | null = null,
  ): Promise<Message | null> {
    const { conversationId, id: messageId } = location;
    const isDeleted = await this.dataSource.transaction(async (manager) => {
      // The conversation's row first, as appending does: both go on to the rows of its uploads.
      await manager.findOne(ConversationEntity, {
        select: { id: true },
        where: { id: conversationId },
        lock: { mode: 'for_no_key_update' },
      });
      const { affected } = await manager.update(MessageEntity, keyOf(location), {
        content: '',
        attachments: [],
        mentions: [],
        metadata: null,
        deletedAt: new Date(),
        deletedBy,
      });
      if (affected) await manager.delete(ReactionEntity, { conversationId, messageId });
      if (affected && entry) await recordAct(manager, entry);
      return Boolean(affected);
    });
    return isDeleted ? this.find(location.id) : null;
  }

  react(location: MessageLocation, userId: UserId, emoji: string): Promise<ReactionChange> {
    const reaction = { ...reactionsTo(location), userId, emoji };
    return this.dataSource.transaction(async (manager) => {
      if (!(await isThere(manager, location))) throw new ChatError('MESSAGE_NOT_FOUND');
      const isChanged = !(await manager.existsBy(ReactionEntity, reaction));
      if (isChanged) {
        await assertRoom(manager, location);
        await manager.insert(ReactionEntity, reaction);
      }
      return { ...(await this.reactionsOf(location, manager)), isChanged };
    });
  }

  unreact(location: MessageLocation, userId: UserId, emoji: string): Promise<ReactionChange> {
    const reaction = { ...reactionsTo(location), userId, emoji };
    return this.dataSource.transaction(async (manager) => {
      await isThere(manager, location);
      const { affected } = await manager.delete(ReactionEntity, reaction);
      return { ...(await this.reactionsOf(location, manager)), isChanged: Boolean(affected) };
    });
  }

  private async reactionsOf(
    { conversationId, seq }: MessageLocation,
    manager: EntityManager,
  ): Promise<{ reactions: Reactions; revision: number }> {
    const rows = await manager.query<{ reactions: Reactions | null }[]>(
      `SELECT ${REACTIONS_OF_M} AS reactions FROM messages m
       WHERE m.conversation_id = $1 AND m.seq = $2`,
      [conversationId, seq],
    );
    return { reactions: rows[0]?.reactions ?? {}, revision: await nextRevision(manager) };
  }
}

/** The message's row lock orders reactions against its deletion and each other. */
const isThere = async (manager: EntityManager, location: MessageLocation): Promise<boolean> =>
  (await manager.findOne(MessageEntity, {
    select: { id: true },
    where: keyOf(location),
    lock: { mode: 'for_no_key_update' },
  })) !== null;

/** To be taken under the message's row lock. */
async function nextRevision(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ revision: string }[]>(
    `SELECT nextval('message_revisions') AS revision`,
  );
  return Number(row?.revision);
}

async function findMessage(
  source: Pick<DataSource, 'query'>,
  id: MessageId,
): Promise<Message | null> {
  const [row] = await source.query<MessageRow[]>(
    `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.id = $1`,
    [id],
  );
  return row ? toMessage(row) : null;
}

const reactionsTo = ({ conversationId, id }: MessageLocation) => ({
  conversationId,
  messageId: id,
});

async function assertRoom(
  manager: EntityManager,
  { conversationId, id: messageId }: MessageLocation,
): Promise<void> {
  const held = await manager.countBy(ReactionEntity, { conversationId, messageId });
  if (held < LIMITS.reactionsPerMessage) return;
  throw new ChatError('CONFLICT', { text: 'This message has all the reactions it can hold.' });
}

/** The primary key, for a message that is not deleted. */
const keyOf = ({ conversationId, seq }: MessageLocation) => ({
  conversationId,
  seq,
  deletedAt: IsNull(),
});
