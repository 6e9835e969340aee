import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Any constant: who writes to the journal takes turns by it, so that ids are in commit order. */
const JOURNAL_LOCK = 0x6361_7574;

const up = [
  `CREATE TABLE "nodes" (
    "id" text NOT NULL,
    "expires_at" timestamptz NOT NULL,
    "applied" bigint NOT NULL,
    "clearing_until" timestamptz,
    CONSTRAINT "nodes_pkey" PRIMARY KEY ("id")
  )`,

  `CREATE TABLE "journal" (
    "id" bigint GENERATED ALWAYS AS IDENTITY,
    "origin" text NOT NULL,
    "number" bigint NOT NULL,
    "is_awaited" boolean NOT NULL,
    "entry" text NOT NULL,
    "written_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "journal_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "journal_once" UNIQUE ("origin", "number")
  )`,
  `CREATE INDEX "journal_written" ON "journal" ("written_at")`,

  // One row: up to where entries were removed.
  `CREATE TABLE "journal_end" (
    "is_only" boolean NOT NULL DEFAULT true,
    "removed" bigint NOT NULL,
    CONSTRAINT "journal_end_pkey" PRIMARY KEY ("is_only"),
    CONSTRAINT "journal_end_is_one" CHECK ("is_only")
  )`,
  `INSERT INTO "journal_end" ("removed") VALUES (0)`,

  // Written twice, as after an answer that was lost, an entry is there once. Who is living is asked
  // after the entries are in: a node that comes to life later reads what they changed.
  `CREATE FUNCTION write_journal(
    p_origin text, p_numbers bigint[], p_awaited boolean[], p_entries text[],
    OUT last_id bigint, OUT living text[]
  ) LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(${JOURNAL_LOCK});
    INSERT INTO journal (origin, number, is_awaited, entry)
      SELECT p_origin, t.number, t.is_awaited, t.entry
      FROM unnest(p_numbers, p_awaited, p_entries)
        WITH ORDINALITY AS t (number, is_awaited, entry, place)
      ORDER BY t.place
      ON CONFLICT DO NOTHING;
    last_id := (SELECT max(id) FROM journal);
    PERFORM pg_notify('causerie_journal', last_id::text);
    living := ARRAY(SELECT n.id FROM nodes n WHERE n.expires_at > clock_timestamp());
  END $$`,

  // Taken under the row lock of a message: of two changes of it, the later one has the higher number.
  `CREATE SEQUENCE "message_revisions"`,
];

const down = [
  `DROP SEQUENCE "message_revisions"`,
  `DROP FUNCTION write_journal`,
  `DROP TABLE "journal_end"`,
  `DROP TABLE "journal"`,
  `DROP TABLE "nodes"`,
];

export class Nodes1700000800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}
