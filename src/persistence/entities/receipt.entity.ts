import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger } from './columns.js';

/** How far a participant has read. Apart from participants: it changes all the time. */
@Entity('receipts')
export class ReceiptEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @Column('bigint', { transformer: safeInteger })
  seq!: number;

  @Column('bigint', { name: 'message_id', transformer: safeInteger })
  messageId!: number;

  @Column('timestamptz', { name: 'read_at' })
  readAt!: Date;
}
