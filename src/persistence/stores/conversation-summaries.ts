import type { DataSource } from 'typeorm';
import { LIMITS } from '../../core/core.limits.js';
import type {
  ConversationId,
  ConversationSummary,
  ConversationType,
} from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import type { Page } from '../../core/ports/conversation-store.js';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from '../message-rows.js';
import { pairOf } from '../entities/columns.js';
import { isBanned } from './active-sanctions.js';
import { decodeCursor, encodeCursor } from './cursor.js';

interface SummaryRow {
  id: number;
  type: ConversationType;
  slug: string | null;
  title: string | null;
  description: string | null;
  is_public: boolean;
  allow_anonymous: boolean;
  max_participants: number | null;
  slow_mode_seconds: number;
  participant_count: number;
  last_seq: string;
  direct_low: string | null;
  direct_high: string | null;
  created_by: string | null;
  created_at: Date;
  active_at_micros: string;
  unread: number;
  last_message: MessageRow | null;
}

/** Others' messages above the read pointer, counted up to LIMITS.unreadCount. `$1` is the reader. */
export const unreadCount = (conversationId: string, pointer: string, reader: string): string => `(
  SELECT count(*)::integer FROM (
    SELECT 1 FROM messages n
    WHERE n.conversation_id = ${conversationId} AND n.seq > ${pointer}
      AND n.sender_id <> ${reader} AND n.deleted_at IS NULL AND NOT n.is_shadowed
    LIMIT ${LIMITS.unreadCount}
  ) unread)`;

const COLUMNS = `c.id, c.type, c.slug, c.title, c.description, c.is_public,
  c.allow_anonymous, c.max_participants, c.slow_mode_seconds,
  c.participant_count, c.last_seq, c.direct_low, c.direct_high, c.created_by, c.created_at,
  (extract(epoch FROM c.active_at) * 1000000)::bigint AS active_at_micros,
  CASE WHEN p.user_id IS NULL THEN 0
    ELSE ${unreadCount('c.id', 'coalesce(r.seq, 0)', '$1')} END AS unread,
  to_jsonb(last) AS last_message`;

const SOURCES = `
  LEFT JOIN receipts r ON r.conversation_id = c.id AND r.user_id = $1
  LEFT JOIN LATERAL (
    SELECT ${MESSAGE_COLUMNS} FROM messages m
    WHERE m.conversation_id = c.id AND m.seq = c.last_seq
  ) last ON true`;

export async function readSummary(
  dataSource: DataSource,
  id: ConversationId,
  userId: UserId,
): Promise<ConversationSummary | null> {
  const [row] = await dataSource.query<SummaryRow[]>(
    `SELECT ${COLUMNS} FROM conversations c
     LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = $1
     ${SOURCES} WHERE c.id = $2`,
    [userId, id],
  );
  return row ? toSummary(row) : null;
}

export async function listSummaries(
  dataSource: DataSource,
  userId: UserId,
  { cursor, limit }: { cursor?: string; limit: number },
): Promise<Page<ConversationSummary>> {
  const position =
    cursor === undefined ? [null, null] : decodeCursor(cursor, ['integer', 'integer']);
  const rows = await dataSource.query<SummaryRow[]>(
    `SELECT ${COLUMNS} FROM participants p JOIN conversations c ON c.id = p.conversation_id
     ${SOURCES} WHERE p.user_id = $1 AND NOT ${isBanned('c.id', '$1')} AND ($2::bigint IS NULL OR
       ((extract(epoch FROM c.active_at) * 1000000)::bigint, c.id) < ($2::bigint, $3::bigint))
     ORDER BY c.active_at DESC, c.id DESC LIMIT $4`,
    [userId, ...position, limit + 1],
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(toSummary),
    nextCursor: last ? encodeCursor(Number(last.active_at_micros), last.id) : null,
  };
}

const toSummary = (row: SummaryRow): ConversationSummary => ({
  conversation: {
    id: row.id,
    type: row.type,
    slug: row.slug,
    title: row.title,
    description: row.description,
    isPublic: row.is_public,
    allowAnonymous: row.allow_anonymous,
    maxParticipants: row.max_participants,
    slowModeSeconds: row.slow_mode_seconds,
    pair: pairOf(row.direct_low, row.direct_high),
    participantCount: row.participant_count,
    lastSeq: Number(row.last_seq),
    createdBy: row.created_by,
    createdAt: row.created_at,
  },
  unreadCount: row.unread,
  lastMessage: row.last_message ? toMessage(revived(row.last_message)) : null,
});

/** Dates travel as text inside JSON. */
const revived = (row: MessageRow): MessageRow => ({
  ...row,
  sent_at: new Date(row.sent_at),
  edited_at: row.edited_at && new Date(row.edited_at),
  deleted_at: row.deleted_at && new Date(row.deleted_at),
});
