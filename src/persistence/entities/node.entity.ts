import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process of a service of several. */
@Entity('nodes')
export class NodeEntity {
  @PrimaryColumn('text')
  id!: string;

  /** Dead from then on, unless it renews this. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** Up to where it has applied the journal. */
  @Column('bigint')
  applied!: string;

  /** Of a dead one: another node clears up after it, and has so long for it. */
  @Column('timestamptz', { name: 'clearing_until', nullable: true })
  clearingUntil!: Date | null;
}
