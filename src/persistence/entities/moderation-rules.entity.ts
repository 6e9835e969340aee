import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ModerationRules } from '../../core/model/rules.js';

/** One row: the rules of the service. */
@Entity('moderation_rules')
export class ModerationRulesEntity {
  @PrimaryColumn('integer')
  id!: number;

  @Column('integer')
  version!: number;

  /** Without what it had no word for when it was written. */
  @Column('jsonb')
  rules!: Partial<ModerationRules>;

  @Column('timestamptz', { name: 'updated_at', nullable: true })
  updatedAt!: Date | null;

  @Column('text', { name: 'updated_by', nullable: true })
  updatedBy!: string | null;
}
