import type { Message, MessageType, Reactions } from '../core/model/message.js';

/** A row of `messages` as the driver hands it out, with its reactions folded in. */
export interface MessageRow {
  readonly id: string;
  readonly conversation_id: number;
  readonly seq: string;
  readonly sender_id: string;
  readonly sender_name: string;
  readonly type: MessageType;
  readonly content: string;
  readonly attachments: string[];
  readonly reply_to: string | null;
  readonly mentions: string[];
  readonly metadata: Record<string, unknown> | null;
  readonly client_message_id: string | null;
  readonly sent_at: Date;
  readonly edited_at: Date | null;
  readonly deleted_at: Date | null;
  readonly reactions: Reactions | null;
  readonly is_shadowed: boolean;
}

/** `{emoji: [userId, …]}` of the message `m`, oldest first; null where nobody reacted. */
export const REACTIONS_OF_M = `(
  SELECT jsonb_object_agg(r.emoji, r.users ORDER BY r.since) FROM (
    SELECT emoji, jsonb_agg(user_id ORDER BY created_at) AS users, min(created_at) AS since
    FROM reactions WHERE conversation_id = m.conversation_id AND message_id = m.id GROUP BY emoji
  ) r)`;

export const MESSAGE_COLUMNS = `m.id, m.conversation_id, m.seq, m.sender_id, m.sender_name, m.type,
  m.content, m.attachments, m.reply_to, m.mentions, m.metadata, m.client_message_id, m.sent_at,
  m.edited_at, m.deleted_at, m.is_shadowed, ${REACTIONS_OF_M} AS reactions`;

export const toMessage = (row: MessageRow): Message => ({
  id: Number(row.id),
  conversationId: row.conversation_id,
  seq: Number(row.seq),
  senderId: row.sender_id,
  senderName: row.sender_name,
  type: row.type,
  content: row.content,
  attachments: row.attachments,
  replyTo: row.reply_to === null ? null : Number(row.reply_to),
  mentions: row.mentions,
  reactions: row.reactions ?? {},
  clientMessageId: row.client_message_id,
  metadata: row.metadata,
  sentAt: row.sent_at,
  editedAt: row.edited_at,
  deletedAt: row.deleted_at,
  isShadowed: row.is_shadowed,
});
