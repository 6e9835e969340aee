import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role } from '../../core/model/identity.js';

@Entity('users')
export class UserEntity {
  @PrimaryColumn('text')
  id!: string;

  @Index('users_username')
  @Column('text')
  username!: string;

  /** As the token said that it came with last. */
  @Column('text', { array: true, default: [] })
  roles!: Role[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_seen_at', nullable: true })
  lastSeenAt!: Date | null;
}
