import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `CREATE TABLE "uploads" (
    "id" uuid NOT NULL,
    "conversation_id" integer NOT NULL,
    "uploader_id" text NOT NULL,
    "name" text NOT NULL,
    "mime_type" text NOT NULL,
    "size" bigint NOT NULL,
    "width" integer,
    "height" integer,
    "duration" double precision,
    "has_thumbnail" boolean NOT NULL,
    "created_at" timestamptz NOT NULL,
    "state" text NOT NULL,
    "links" integer NOT NULL DEFAULT 0,
    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE INDEX "uploads_conversation" ON "uploads" ("conversation_id")`,
  `CREATE INDEX "uploads_unused" ON "uploads" ("uploader_id", "created_at")
     WHERE links = 0 OR state <> 'ready'`,

  // What its attachments name of our own: see uploadPath() in the core.
  `CREATE FUNCTION "upload_ids"(p_attachments jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(a, 10)::uuid), '{}')
    FROM jsonb_array_elements_text(p_attachments) a
    WHERE a ~ '^/uploads/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  $$`,

  // An upload is held by the messages that name it, in the same transaction: it can neither go
  // missing under a message that is being committed, nor outlive the last one that named it.
  `CREATE FUNCTION "hold_uploads"() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    v_ids uuid[] := upload_ids(NEW.attachments);
    v_held integer;
  BEGIN
    UPDATE uploads SET links = links + 1
      WHERE id = ANY (v_ids) AND conversation_id = NEW.conversation_id AND state = 'ready';
    GET DIAGNOSTICS v_held = ROW_COUNT;
    IF v_held < cardinality(v_ids) THEN
      RAISE foreign_key_violation USING MESSAGE = 'upload missing', CONSTRAINT = 'uploads_held';
    END IF;
    RETURN NULL;
  END $$`,
  `CREATE FUNCTION "let_uploads_go"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE uploads SET links = links - 1,
        state = CASE WHEN links > 1 THEN state ELSE 'given-up' END
      WHERE id = ANY (upload_ids(OLD.attachments)) AND conversation_id = OLD.conversation_id;
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER "messages_hold_uploads" AFTER INSERT ON "messages" FOR EACH ROW
     WHEN (NEW.attachments <> '[]') EXECUTE FUNCTION hold_uploads()`,
  // Attachments change in one way only: a deleted message loses them.
  `CREATE TRIGGER "messages_let_uploads_go" AFTER UPDATE OF "attachments" ON "messages"
     FOR EACH ROW WHEN (OLD.attachments <> '[]' AND NEW.attachments = '[]')
     EXECUTE FUNCTION let_uploads_go()`,
  `CREATE TRIGGER "messages_gone_let_uploads_go" AFTER DELETE ON "messages" FOR EACH ROW
     WHEN (OLD.attachments <> '[]') EXECUTE FUNCTION let_uploads_go()`,
];

const down = [
  `DROP TRIGGER "messages_gone_let_uploads_go" ON "messages"`,
  `DROP TRIGGER "messages_let_uploads_go" ON "messages"`,
  `DROP TRIGGER "messages_hold_uploads" ON "messages"`,
  `DROP FUNCTION "let_uploads_go"`,
  `DROP FUNCTION "hold_uploads"`,
  `DROP FUNCTION "upload_ids"`,
  `DROP TABLE "uploads"`,
];

export class Uploads1700000100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}
