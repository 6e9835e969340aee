import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `CREATE TABLE "reports" (
    "id" integer GENERATED ALWAYS AS IDENTITY,
    "message_id" bigint NOT NULL,
    "conversation_id" integer NOT NULL,
    "reporter_id" text NOT NULL,
    "reporter_name" text NOT NULL,
    "reason" text NOT NULL,
    "details" text,
    "sender_id" text NOT NULL,
    "sender_name" text NOT NULL,
    "content" text NOT NULL,
    "attachments" jsonb NOT NULL DEFAULT '[]',
    "created_at" timestamptz NOT NULL DEFAULT now(),
    "resolved_at" timestamptz,
    "resolved_by" text,
    "resolution" text,
    "note" text,
    CONSTRAINT "reports_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE UNIQUE INDEX "reports_message_reporter" ON "reports" ("message_id", "reporter_id")`,
  `CREATE INDEX "reports_open" ON "reports" ("id") WHERE resolved_at IS NULL`,
];

export class Reports1700000200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "reports"');
  }
}
