import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Resolution } from '../../core/model/report.js';
import { safeInteger } from './columns.js';

@Entity('reports')
@Index('reports_message_reporter', ['messageId', 'reporterId'], { unique: true })
@Index('reports_open', ['id'], { where: 'resolved_at IS NULL' })
@Index('reports_sender', ['senderId'])
export class ReportEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('bigint', { name: 'message_id', transformer: safeInteger })
  messageId!: number;

  @Column('integer', { name: 'conversation_id' })
  conversationId!: number;

  @Column('text', { name: 'reporter_id' })
  reporterId!: string;

  @Column('text', { name: 'reporter_name' })
  reporterName!: string;

  @Column('text')
  reason!: string;

  @Column('text', { nullable: true })
  details!: string | null;

  /** The message as it was when it was reported: its author may change it. */
  @Column('text', { name: 'sender_id' })
  senderId!: string;

  @Column('text', { name: 'sender_name' })
  senderName!: string;

  @Column('text')
  content!: string;

  @Column('jsonb', { default: [] })
  attachments!: string[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** The moderator who looks into it. */
  @Column('text', { name: 'assigned_to', nullable: true })
  assignedTo!: string | null;

  @Column('timestamptz', { name: 'assigned_at', nullable: true })
  assignedAt!: Date | null;

  @Column('timestamptz', { name: 'resolved_at', nullable: true })
  resolvedAt!: Date | null;

  @Column('text', { name: 'resolved_by', nullable: true })
  resolvedBy!: string | null;

  @Column('text', { nullable: true })
  resolution!: Resolution | null;

  @Column('text', { nullable: true })
  note!: string | null;
}
