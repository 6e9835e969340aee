import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { AuditAction } from '../../core/model/audit.js';
import { safeInteger } from './columns.js';

/** Written with what it tells of, in one transaction. The database refuses to change it. */
@Entity('moderation_audit')
export class AuditEntryEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('text', { name: 'actor_id' })
  actorId!: string;

  @Column('text')
  action!: AuditAction;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('integer', { name: 'conversation_id', nullable: true })
  conversationId!: number | null;

  @Column('bigint', { name: 'message_id', nullable: true, transformer: safeInteger })
  messageId!: number | null;

  @Column('integer', { name: 'report_id', nullable: true })
  reportId!: number | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('jsonb', { default: {} })
  details!: Record<string, unknown>;
}
