import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ConversationType } from '../../core/model/conversation.js';
import type { UserId } from '../../core/model/identity.js';
import { pairOf, safeInteger } from './columns.js';

@Entity('conversations')
@Index('conversations_live', ['id'], { where: "type = 'live'" })
@Index('conversations_direct_pair', ['directLow', 'directHigh'], { unique: true })
export class ConversationEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('text')
  type!: ConversationType;

  @Index('conversations_slug', { unique: true })
  @Column('text', { nullable: true })
  slug!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('boolean', { name: 'is_public', default: false })
  isPublic!: boolean;

  @Column('boolean', { name: 'allow_anonymous', default: false })
  allowAnonymous!: boolean;

  @Column('integer', { name: 'max_participants', nullable: true })
  maxParticipants!: number | null;

  @Column('integer', { name: 'slow_mode_seconds', default: 0 })
  slowModeSeconds!: number;

  /** Kept beside the rows it counts, so that "full" is decided under this row's lock. */
  @Column('integer', { name: 'participant_count', default: 0 })
  participantCount!: number;

  /** The two users of a direct conversation, the smaller id first: one row per unordered pair. */
  @Column('text', { name: 'direct_low', nullable: true })
  directLow!: string | null;

  @Column('text', { name: 'direct_high', nullable: true })
  directHigh!: string | null;

  @Column('bigint', { name: 'last_seq', default: 0, transformer: safeInteger })
  lastSeq!: number;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** Time of the newest message, or of creation: what the conversation list is sorted by. */
  @Column('timestamptz', { name: 'active_at', default: () => 'now()' })
  activeAt!: Date;

  /** Of a live room: how long it stays although nobody is in it. */
  @Column('timestamptz', { name: 'kept_until', nullable: true })
  keptUntil!: Date | null;

  get pair(): readonly [UserId, UserId] | null {
    return pairOf(this.directLow, this.directHigh);
  }
}
