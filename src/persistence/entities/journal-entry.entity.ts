import {
  Check,
  Column,
  Entity,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';

/** What happened on one node, for the others to read. */
@Entity('journal')
@Unique('journal_once', ['origin', 'number'])
@Index('journal_written', ['writtenAt'])
export class JournalEntryEntity {
  /** In commit order: see `write_journal`. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('text')
  origin!: string;

  /** By which the origin counts its entries. */
  @Column('bigint')
  number!: string;

  /** Whether the origin waits until every node has applied it. */
  @Column('boolean', { name: 'is_awaited' })
  isAwaited!: boolean;

  /** JSON. */
  @Column('text')
  entry!: string;

  @Column('timestamptz', { name: 'written_at', default: () => 'clock_timestamp()' })
  writtenAt!: Date;
}

/** One row: up to where entries were removed, old as they were. */
@Entity('journal_end')
@Check('journal_end_is_one', 'is_only')
export class JournalEndEntity {
  @PrimaryColumn('boolean', { name: 'is_only', default: true })
  isOnly!: boolean;

  @Column('bigint')
  removed!: string;
}
