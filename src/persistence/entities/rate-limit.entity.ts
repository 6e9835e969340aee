import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What was taken of a limit, counted here while Redis is away. Its columns are named by `rate-limiter-flexible`. */
@Entity('rate_limits')
@Index('rate_limits_expire', ['expire'])
export class RateLimitEntity {
  @PrimaryColumn('text')
  key!: string;

  @Column('integer')
  points!: number;

  /** Milliseconds since the epoch. */
  @Column('bigint')
  expire!: string;
}
