import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { MessageType } from '../../core/model/message.js';
import { safeInteger } from './columns.js';

/**
 * Hash-partitioned by conversation: every unique key names it. No foreign keys: they would cost
 * more than the row itself, and the statement that writes checks what they would check.
 */
@Entity('messages')
@Index('messages_id', ['id'])
@Index('messages_client_id', ['conversationId', 'senderId', 'clientMessageId'], {
  unique: true,
  where: 'client_message_id IS NOT NULL',
})
export class MessageEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('bigint', { transformer: safeInteger })
  seq!: number;

  @Column('bigint', { default: () => "nextval('message_ids')", transformer: safeInteger })
  id!: number;

  @Column('text', { name: 'sender_id' })
  senderId!: string;

  @Column('text', { name: 'sender_name' })
  senderName!: string;

  @Column('text')
  type!: MessageType;

  @Column('text')
  content!: string;

  @Column('jsonb', { default: [] })
  attachments!: string[];

  @Column('bigint', { name: 'reply_to', nullable: true, transformer: safeInteger })
  replyTo!: number | null;

  @Column('jsonb', { default: [] })
  mentions!: string[];

  @Column('jsonb', { nullable: true })
  metadata!: Record<string, unknown> | null;

  @Column('text', { name: 'client_message_id', nullable: true })
  clientMessageId!: string | null;

  /** Digest of what was sent first, so that a resend is recognised after edits and deletion. */
  @Column('text', { nullable: true })
  fingerprint!: string | null;

  @Column('timestamptz', { name: 'sent_at' })
  sentAt!: Date;

  @Column('timestamptz', { name: 'edited_at', nullable: true })
  editedAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column('text', { name: 'deleted_by', nullable: true })
  deletedBy!: string | null;

  /** Said by somebody shadow banned: to others it looks deleted. */
  @Column('boolean', { name: 'is_shadowed', default: false })
  isShadowed!: boolean;
}
