import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `CREATE TABLE "revocations" (
    "id" integer GENERATED ALWAYS AS IDENTITY,
    "token_id" text,
    "user_id" text,
    "before" timestamptz,
    "expires_at" timestamptz,
    "reason" text,
    "revoked_by" text NOT NULL,
    "created_at" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "revocations_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE INDEX "revocations_expiring" ON "revocations" ("expires_at")
    WHERE expires_at IS NOT NULL`,
];

export class Revocations1700000600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "revocations"');
  }
}
