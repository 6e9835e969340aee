import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `userId` wants to hear nothing of `blockedId`. */
@Entity('blocks')
export class BlockEntity {
  @PrimaryColumn('text', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text', { name: 'blocked_id' })
  blockedId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
