import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SanctionKind } from '../../core/model/sanction.js';

/** In the place of a conversation's id, of which there is no 0. */
export const EVERYWHERE = 0;

@Entity('sanctions')
@Index('sanctions_expiry', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class SanctionEntity {
  @Index('sanctions_id', { unique: true })
  @Column('integer', { default: () => "nextval('sanction_ids')" })
  id!: number;

  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  kind!: SanctionKind;

  @Column('text', { name: 'moderator_id' })
  moderatorId!: string;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
