import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `ALTER TABLE "conversations"
    ADD COLUMN "is_public" boolean NOT NULL DEFAULT false,
    ADD COLUMN "description" text,
    ADD COLUMN "kept_until" timestamptz`,
  `UPDATE "conversations" SET is_public = true WHERE type = 'public'`,
  `CREATE INDEX "conversations_live" ON "conversations" ("id") WHERE type = 'live'`,

  `CREATE TABLE "room_leases" (
    "conversation_id" integer NOT NULL,
    "node_id" uuid NOT NULL,
    "expires_at" timestamptz NOT NULL,
    CONSTRAINT "room_leases_pkey" PRIMARY KEY ("conversation_id", "node_id")
  )`,

  `CREATE TABLE "videos" (
    "id" text NOT NULL,
    "title" text NOT NULL,
    "created_at" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "videos_pkey" PRIMARY KEY ("id")
  )`,

  // Keys of the service's own: the same on every node, and after every restart.
  `CREATE TABLE "keys" (
    "name" text NOT NULL,
    "value" bytea NOT NULL,
    CONSTRAINT "keys_pkey" PRIMARY KEY ("name")
  )`,
  `INSERT INTO "keys" VALUES ('anonymous-names', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))`,
];

const down = [
  'DROP TABLE "keys"',
  'DROP TABLE "videos"',
  'DROP TABLE "room_leases"',
  'DROP INDEX "conversations_live"',
  `ALTER TABLE "conversations"
    DROP COLUMN "is_public", DROP COLUMN "description", DROP COLUMN "kept_until"`,
];

export class LiveRooms1700000300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}
