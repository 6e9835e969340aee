import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger } from './columns.js';

@Entity('reactions')
export class ReactionEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('bigint', { name: 'message_id', transformer: safeInteger })
  messageId!: number;

  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  emoji!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
