import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ParticipantRole } from '../../core/model/conversation.js';

@Entity('participants')
export class ParticipantEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @Index('participants_user')
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  role!: ParticipantRole;

  @Column('timestamptz', { name: 'joined_at', default: () => 'now()' })
  joinedAt!: Date;
}
