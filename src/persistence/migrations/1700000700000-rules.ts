import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `CREATE TABLE "moderation_rules" (
    "id" integer NOT NULL,
    "version" integer NOT NULL,
    "rules" jsonb NOT NULL,
    "updated_at" timestamptz,
    "updated_by" text,
    CONSTRAINT "moderation_rules_pkey" PRIMARY KEY ("id")
  )`,
  // The one row: from now on it is changed and never made.
  `INSERT INTO "moderation_rules" ("id", "version", "rules") VALUES (1, 0, '{}')`,
  `ALTER TABLE "conversations" ADD COLUMN "slow_mode_seconds" integer NOT NULL DEFAULT 0`,
];

const down = [
  'ALTER TABLE "conversations" DROP COLUMN "slow_mode_seconds"',
  'DROP TABLE "moderation_rules"',
];

export class Rules1700000700000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}
