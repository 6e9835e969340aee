import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SanctionKind } from '../../core/model/sanction.js';

@Entity('sanctions')
export class SanctionEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  kind!: SanctionKind;

  @Column('text', { name: 'moderator_id' })
  moderatorId!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
