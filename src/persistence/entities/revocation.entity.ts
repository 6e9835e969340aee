import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

@Entity('revocations')
@Index('revocations_expiring', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class RevocationEntity {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('text', { name: 'token_id', nullable: true })
  tokenId!: string | null;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  /** Of a user's tokens those issued until then. */
  @Column('timestamptz', { nullable: true })
  before!: Date | null;

  /** When the one token expires anyway. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('text', { name: 'revoked_by' })
  revokedBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
