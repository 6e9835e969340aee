import type { DataSource } from 'typeorm';
import type { NewAuditEntry } from '../../core/model/audit.js';
import type {
  ConversationHead,
  ConversationId,
  ConversationType,
  Participant,
  ParticipantRole,
  Standing,
} from '../../core/model/conversation.js';
import { isAnonymous, type UserId } from '../../core/model/identity.js';
import type { SanctionKind } from '../../core/model/sanction.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { ParticipantStore, type AddOutcome } from '../../core/ports/participant-store.js';
import { ConversationEntity, ParticipantEntity, UserEntity } from '../entities/index.js';
import { pairOf } from '../entities/columns.js';
import { activeSanction, isBanned } from './active-sanctions.js';
import { isBlockBetween } from './block-between.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { recordAct } from './typeorm-audit.log.js';

interface ParticipantRow {
  conversation_id: number;
  user_id: string;
  username: string | null;
  role: ParticipantRole;
  joined_at: Date;
}

interface HeadRow {
  id: number;
  type: ConversationType;
  direct_low: string | null;
  direct_high: string | null;
  last_seq: string;
}

interface StandingRow {
  role: ParticipantRole | null;
  type: ConversationType;
  is_public: boolean;
  allow_anonymous: boolean;
  sanction: SanctionKind | null;
  sanction_ends: Date | null;
  is_blocked: boolean;
}

const STANDING = `
  SELECT p.role, c.type, c.is_public, c.allow_anonymous,
    s.kind AS sanction, s.expires_at AS sanction_ends,
    ${isBlockBetween('c.direct_low', 'c.direct_high')} AS is_blocked
  FROM conversations c
  LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = $2
  LEFT JOIN LATERAL ${activeSanction('c.id', '$2')} s ON true
  WHERE c.id = $1`;

const SELECT = `SELECT p.conversation_id, p.user_id, u.username, p.role, p.joined_at
  FROM participants p LEFT JOIN users u ON u.id = p.user_id`;

const ONE = `${SELECT} WHERE p.conversation_id = $1 AND p.user_id = $2`;

const toParticipant = (row: ParticipantRow): Participant => ({
  conversationId: row.conversation_id,
  userId: row.user_id,
  username: row.username ?? `user_${row.user_id}`,
  role: row.role,
  joinedAt: row.joined_at,
});

export class TypeOrmParticipantStore extends ParticipantStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async standing(conversationId: ConversationId, userId: UserId): Promise<Standing | null> {
    const parameters = [conversationId, userId];
    const [row] = await this.dataSource.query<StandingRow[]>(STANDING, parameters);
    if (!row) return null;
    const { role, type, is_public, allow_anonymous, sanction: kind, sanction_ends } = row;
    const { is_blocked: isBlocked } = row;
    // As `append_messages` judges it.
    const isOpen = is_public && (isAnonymous(userId) ? allow_anonymous : type === 'live');
    return { role, isOpen, sanction: kind && { kind, expiresAt: sanction_ends }, isBlocked };
  }

  async find(conversationId: ConversationId, userId: UserId): Promise<Participant | null> {
    const [row] = await this.dataSource.query<ParticipantRow[]>(ONE, [conversationId, userId]);
    return row ? toParticipant(row) : null;
  }

  /** Decided under the conversation's row lock: the last free place goes to one of two. */
  add(conversationId: ConversationId, userId: UserId, role: ParticipantRole): Promise<AddOutcome> {
    return this.dataSource.transaction(async (manager): Promise<AddOutcome> => {
      const conversation = await manager.findOne(ConversationEntity, {
        where: { id: conversationId },
        lock: { mode: 'for_no_key_update' },
      });
      if (!conversation) return 'conversation-not-found';
      // Under the lock that sanctions take: a ban that came first is seen.
      const [{ is_banned: isBannedNow }] = await manager.query<[{ is_banned: boolean }]>(
        `SELECT ${isBanned('$1', '$2')} AS is_banned`,
        [conversationId, userId],
      );
      if (isBannedNow) return 'banned';
      if (await manager.existsBy(ParticipantEntity, { conversationId, userId })) return 'already';
      const { maxParticipants, participantCount } = conversation;
      if (maxParticipants !== null && participantCount >= maxParticipants) return 'full';
      await manager.insert(ParticipantEntity, { conversationId, userId, role });
      await manager.increment(ConversationEntity, { id: conversationId }, 'participantCount', 1);
      const [row] = await manager.query<ParticipantRow[]>(ONE, [conversationId, userId]);
      if (!row) throw new Error('The participant is not there');
      return toParticipant(row);
    });
  }

  /** Takes the row lock too: a send either committed before, or finds its sender gone. */
  remove(
    conversationId: ConversationId,
    userId: UserId,
    entry: NewAuditEntry | null = null,
  ): Promise<Participant | null> {
    return this.dataSource.transaction(async (manager) => {
      await manager.findOne(ConversationEntity, {
        where: { id: conversationId },
        lock: { mode: 'for_no_key_update' },
      });
      const participant = await manager.findOneBy(ParticipantEntity, { conversationId, userId });
      if (!participant) return null;
      const user = await manager.findOneBy(UserEntity, { id: userId });
      await manager.delete(ParticipantEntity, { conversationId, userId });
      await manager.decrement(ConversationEntity, { id: conversationId }, 'participantCount', 1);
      if (entry) await recordAct(manager, entry);
      const { role, joinedAt } = participant;
      return {
        conversationId,
        userId,
        role,
        joinedAt,
        username: user?.username ?? `user_${userId}`,
      };
    });
  }

  async list(
    conversationId: ConversationId,
    { cursor, limit }: { cursor?: string; limit: number },
  ): Promise<Page<Participant>> {
    const after = cursor === undefined ? '' : decodeCursor(cursor, ['text'])[0];
    const rows = await this.dataSource.query<ParticipantRow[]>(
      `${SELECT} WHERE p.conversation_id = $1 AND p.user_id > $2 ORDER BY p.user_id LIMIT $3`,
      [conversationId, after, limit + 1],
    );
    const items = rows.slice(0, limit).map(toParticipant);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last ? encodeCursor(last.userId) : null };
  }

  async among(
    conversationId: ConversationId,
    named: { userIds: readonly UserId[]; usernames: readonly string[] },
  ): Promise<readonly UserId[]> {
    const rows = await this.dataSource.query<{ user_id: string }[]>(
      `SELECT p.user_id FROM participants p LEFT JOIN users u ON u.id = p.user_id
       WHERE p.conversation_id = $1 AND (p.user_id = ANY ($2) OR u.username = ANY ($3))
       ORDER BY p.user_id`,
      [conversationId, named.userIds, named.usernames],
    );
    return rows.map((row) => row.user_id);
  }

  async conversationsOf(userId: UserId): Promise<readonly ConversationHead[]> {
    const rows = await this.dataSource.query<HeadRow[]>(
      `SELECT c.id, c.type, c.direct_low, c.direct_high, c.last_seq
       FROM participants p JOIN conversations c ON c.id = p.conversation_id
       WHERE p.user_id = $1 AND NOT ${isBanned('c.id', '$1')}`,
      [userId],
    );
    return rows.map((row) => ({
      id: row.id,
      type: row.type,
      pair: pairOf(row.direct_low, row.direct_high),
      lastSeq: Number(row.last_seq),
    }));
  }

  async conversationIdsOf(
    userIds: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, readonly ConversationId[]>> {
    const rows = await this.dataSource.query<{ user_id: UserId; ids: ConversationId[] }[]>(
      `SELECT p.user_id, array_agg(p.conversation_id) AS ids FROM participants p
       WHERE p.user_id = ANY ($1) AND NOT ${isBanned('p.conversation_id', 'p.user_id')}
       GROUP BY p.user_id`,
      [userIds],
    );
    return new Map(rows.map(({ user_id, ids }) => [user_id, ids]));
  }
}
