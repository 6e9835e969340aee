import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Fixed for ever: changing it means rewriting the table. Eight suit one machine and many. */
const PARTITIONS = 8;

const tables = [
  `CREATE TABLE "users" (
    "id" text NOT NULL,
    "username" text NOT NULL,
    "created_at" timestamptz NOT NULL DEFAULT now(),
    "last_seen_at" timestamptz,
    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE INDEX "users_username" ON "users" ("username")`,

  `CREATE TABLE "conversations" (
    "id" integer GENERATED ALWAYS AS IDENTITY,
    "type" text NOT NULL,
    "slug" text,
    "title" text,
    "allow_anonymous" boolean NOT NULL DEFAULT false,
    "max_participants" integer,
    "participant_count" integer NOT NULL DEFAULT 0,
    "direct_low" text,
    "direct_high" text,
    "last_seq" bigint NOT NULL DEFAULT 0,
    "created_by" text,
    "created_at" timestamptz NOT NULL DEFAULT now(),
    "active_at" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "conversations_pkey" PRIMARY KEY ("id")
  ) WITH (fillfactor = 50)`,
  `CREATE UNIQUE INDEX "conversations_slug" ON "conversations" ("slug")`,
  `CREATE UNIQUE INDEX "conversations_direct_pair" ON "conversations" ("direct_low", "direct_high")`,

  `CREATE TABLE "participants" (
    "conversation_id" integer NOT NULL,
    "user_id" text NOT NULL,
    "role" text NOT NULL,
    "joined_at" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "participants_pkey" PRIMARY KEY ("conversation_id", "user_id")
  )`,
  `CREATE INDEX "participants_user" ON "participants" ("user_id")`,

  `CREATE SEQUENCE "message_ids" AS bigint`,
  `CREATE TABLE "messages" (
    "conversation_id" integer NOT NULL,
    "seq" bigint NOT NULL,
    "id" bigint NOT NULL DEFAULT nextval('message_ids'),
    "sender_id" text NOT NULL,
    "sender_name" text NOT NULL,
    "type" text NOT NULL,
    "content" text NOT NULL,
    "attachments" jsonb NOT NULL DEFAULT '[]',
    "reply_to" bigint,
    "mentions" jsonb NOT NULL DEFAULT '[]',
    "metadata" jsonb,
    "client_message_id" text,
    "fingerprint" text,
    "sent_at" timestamptz NOT NULL,
    "edited_at" timestamptz,
    "deleted_at" timestamptz,
    "deleted_by" text,
    CONSTRAINT "messages_pkey" PRIMARY KEY ("conversation_id", "seq")
  ) PARTITION BY HASH ("conversation_id")`,
  ...Array.from(
    { length: PARTITIONS },
    (_, remainder) =>
      `CREATE TABLE "messages_p${remainder}" PARTITION OF "messages"
       FOR VALUES WITH (MODULUS ${PARTITIONS}, REMAINDER ${remainder})`,
  ),
  `CREATE INDEX "messages_id" ON "messages" ("id")`,
  `CREATE UNIQUE INDEX "messages_client_id"
     ON "messages" ("conversation_id", "sender_id", "client_message_id")
     WHERE client_message_id IS NOT NULL`,

  `CREATE TABLE "reactions" (
    "conversation_id" integer NOT NULL,
    "message_id" bigint NOT NULL,
    "user_id" text NOT NULL,
    "emoji" text NOT NULL,
    "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "reactions_pkey" PRIMARY KEY ("conversation_id", "message_id", "user_id", "emoji")
  )`,

  `CREATE TABLE "receipts" (
    "conversation_id" integer NOT NULL,
    "user_id" text NOT NULL,
    "seq" bigint NOT NULL,
    "message_id" bigint NOT NULL,
    "read_at" timestamptz NOT NULL,
    CONSTRAINT "receipts_pkey" PRIMARY KEY ("conversation_id", "user_id")
  ) WITH (fillfactor = 70)`,
];

/**
 * The append path. In PL/pgSQL because each statement of a volatile function sees a fresh
 * snapshot: what other transactions committed while this one waited for the row locks (a repeat
 * of a client id, a removed participant) is seen after it got them, in one round trip.
 * The planner settings make it plan once (planning anew costs more than running) and keep that
 * plan on the indexes although the tables were empty when it was made.
 */
export const appendMessages = `
CREATE FUNCTION "append_messages"(
  p_conversation_ids integer[], p_sender_ids text[], p_sender_names text[], p_types text[],
  p_contents text[], p_attachments jsonb[], p_mentions jsonb[], p_metadata jsonb[],
  p_reply_tos bigint[], p_client_message_ids text[], p_fingerprints text[]
) RETURNS TABLE ("ord" integer, "outcome" text, "id" bigint, "seq" bigint, "sent_ms" double precision)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz;
BEGIN
  PERFORM 1 FROM conversations c
    WHERE c.id = ANY (p_conversation_ids) ORDER BY c.id FOR NO KEY UPDATE;
  v_now := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH drafts AS (
    SELECT * FROM unnest(
      p_conversation_ids, p_sender_ids, p_sender_names, p_types, p_contents, p_attachments,
      p_mentions, p_metadata, p_reply_tos, p_client_message_ids, p_fingerprints
    ) WITH ORDINALITY AS d(
      conversation_id, sender_id, sender_name, type, content, attachments,
      mentions, metadata, reply_to, client_message_id, fingerprint, ord)
  ), judged AS (
    SELECT d.*, c.last_seq, first.id AS first_id, first.seq AS first_seq,
      CASE
        WHEN c.id IS NULL THEN 'conversation-not-found'
        WHEN p.user_id IS NULL THEN 'not-participant'
        WHEN first.id IS NOT NULL AND first.fingerprint = d.fingerprint THEN 'duplicate'
        WHEN first.id IS NOT NULL THEN 'conflict'
        WHEN d.reply_to IS NOT NULL AND target.id IS NULL THEN 'reply-not-found'
        ELSE 'appended'
      END AS outcome
    FROM drafts d
    LEFT JOIN conversations c ON c.id = d.conversation_id
    LEFT JOIN participants p
      ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id
    LEFT JOIN messages first
      ON first.conversation_id = d.conversation_id AND first.sender_id = d.sender_id
      AND first.client_message_id = d.client_message_id
    LEFT JOIN messages target
      ON target.conversation_id = d.conversation_id AND target.id = d.reply_to
  ), numbered AS (
    SELECT j.*,
      CASE WHEN j.outcome = 'appended' THEN j.last_seq + count(*) FILTER (
        WHERE j.outcome = 'appended') OVER (
        PARTITION BY j.conversation_id ORDER BY j.ord ROWS UNBOUNDED PRECEDING) END AS new_seq,
      CASE WHEN j.outcome = 'appended' THEN nextval('message_ids') END AS new_id
    FROM judged j
  ), inserted AS (
    INSERT INTO messages (
      conversation_id, seq, id, sender_id, sender_name, type, content, attachments, mentions,
      metadata, reply_to, client_message_id, fingerprint, sent_at)
    SELECT n.conversation_id, n.new_seq, n.new_id, n.sender_id, n.sender_name, n.type, n.content,
      n.attachments, n.mentions, n.metadata, n.reply_to, n.client_message_id, n.fingerprint, v_now
    FROM numbered n WHERE n.outcome = 'appended'
  ), advanced AS (
    UPDATE conversations c SET last_seq = heads.seq, active_at = v_now
    FROM (
      SELECT n.conversation_id, max(n.new_seq) AS seq FROM numbered n
      WHERE n.outcome = 'appended' GROUP BY n.conversation_id
    ) heads
    WHERE c.id = heads.conversation_id
  )
  SELECT n.ord::integer, n.outcome, coalesce(n.new_id, n.first_id), coalesce(n.new_seq, n.first_seq),
    (extract(epoch FROM v_now) * 1000)::double precision
  FROM numbered n;
END $$`;

export class Foundation1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...tables, appendMessages]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION "append_messages"');
    for (const table of [
      'receipts',
      'reactions',
      'messages',
      'participants',
      'conversations',
      'users',
    ]) {
      await queryRunner.query(`DROP TABLE "${table}"`);
    }
    await queryRunner.query('DROP SEQUENCE "message_ids"');
  }
}
