import type { MigrationInterface, QueryRunner } from 'typeorm';
import { appendMessages as appendWithoutShadows } from './1700000400000-sanctions.js';

const tables = [
  `CREATE SEQUENCE "sanction_ids" AS integer`,
  `ALTER TABLE "sanctions" ADD COLUMN "id" integer NOT NULL DEFAULT nextval('sanction_ids')`,
  `ALTER TABLE "sanctions" ADD COLUMN "reason" text`,
  `CREATE UNIQUE INDEX "sanctions_id" ON "sanctions" ("id")`,
  `CREATE INDEX "sanctions_expiry" ON "sanctions" ("expires_at") WHERE expires_at IS NOT NULL`,
  `ALTER TABLE "messages" ADD COLUMN "is_shadowed" boolean NOT NULL DEFAULT false`,
  `CREATE TABLE "blocks" (
    "user_id" text NOT NULL,
    "blocked_id" text NOT NULL,
    "created_at" timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "blocks_pkey" PRIMARY KEY ("user_id", "blocked_id")
  )`,
  `ALTER TABLE "reports" ADD COLUMN "assigned_to" text`,
  `ALTER TABLE "reports" ADD COLUMN "assigned_at" timestamptz`,
  `CREATE INDEX "reports_sender" ON "reports" ("sender_id")`,
  `CREATE TABLE "moderation_audit" (
    "id" integer GENERATED ALWAYS AS IDENTITY,
    "at" timestamptz NOT NULL DEFAULT now(),
    "actor_id" text NOT NULL,
    "action" text NOT NULL,
    "user_id" text,
    "conversation_id" integer,
    "message_id" bigint,
    "report_id" integer,
    "reason" text,
    "details" jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT "moderation_audit_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE FUNCTION "refuse_audit_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'The audit trail is append-only';
  END $$`,
  `CREATE TRIGGER "moderation_audit_is_append_only"
    BEFORE UPDATE OR DELETE OR TRUNCATE ON "moderation_audit"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_changes"()`,
];

/**
 * As that of the sanctions' migration; besides, it heeds sanctions that hold everywhere (those of
 * conversation 0), marks what the shadow banned say, and refuses direct messages between two of
 * whom one has blocked the other. What it returns keeps its shape: nodes of the release before are
 * still calling it while they are replaced one by one.
 */
export const appendMessages = `
CREATE OR REPLACE FUNCTION "append_messages"(
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
        WHEN s.kind = 'ban' THEN 'banned'
        WHEN p.user_id IS NULL AND NOT (c.is_public AND CASE
          WHEN d.sender_id LIKE 'anonymous:%' THEN c.allow_anonymous
          ELSE c.type = 'live' END) THEN 'not-participant'
        WHEN first.id IS NOT NULL AND first.fingerprint = d.fingerprint THEN 'duplicate'
        WHEN s.kind = 'mute' THEN 'muted'
        WHEN b.is_blocked THEN 'blocked'
        WHEN first.id IS NOT NULL THEN 'conflict'
        WHEN d.reply_to IS NOT NULL AND target.id IS NULL THEN 'reply-not-found'
        WHEN s.kind = 'shadow' THEN 'shadowed'
        ELSE 'appended'
      END AS outcome
    FROM drafts d
    LEFT JOIN conversations c ON c.id = d.conversation_id
    LEFT JOIN participants p
      ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id
    LEFT JOIN LATERAL (
      SELECT min(s.kind) AS kind FROM sanctions s
      WHERE s.conversation_id = ANY (ARRAY[d.conversation_id, 0]) AND s.user_id = d.sender_id
        AND (s.expires_at IS NULL OR s.expires_at > v_now)
    ) s ON true
    LEFT JOIN LATERAL (
      SELECT true AS is_blocked FROM blocks b
      WHERE c.type = 'direct' AND (
        (b.user_id = c.direct_low AND b.blocked_id = c.direct_high) OR
        (b.user_id = c.direct_high AND b.blocked_id = c.direct_low))
      LIMIT 1
    ) b ON true
    LEFT JOIN messages first
      ON first.conversation_id = d.conversation_id AND first.sender_id = d.sender_id
      AND first.client_message_id = d.client_message_id
    LEFT JOIN messages target
      ON target.conversation_id = d.conversation_id AND target.id = d.reply_to
  ), numbered AS (
    SELECT j.*,
      CASE WHEN j.is_new THEN j.last_seq + count(*) FILTER (WHERE j.is_new) OVER (
        PARTITION BY j.conversation_id ORDER BY j.ord ROWS UNBOUNDED PRECEDING) END AS new_seq,
      CASE WHEN j.is_new THEN nextval('message_ids') END AS new_id
    FROM (SELECT *, outcome IN ('appended', 'shadowed') AS is_new FROM judged) j
  ), inserted AS (
    INSERT INTO messages (
      conversation_id, seq, id, sender_id, sender_name, type, content, attachments, mentions,
      metadata, reply_to, client_message_id, fingerprint, sent_at, is_shadowed)
    SELECT n.conversation_id, n.new_seq, n.new_id, n.sender_id, n.sender_name, n.type, n.content,
      n.attachments, n.mentions, n.metadata, n.reply_to, n.client_message_id, n.fingerprint, v_now,
      n.outcome = 'shadowed'
    FROM numbered n WHERE n.is_new
  ), advanced AS (
    UPDATE conversations c SET last_seq = heads.seq, active_at = v_now
    FROM (
      SELECT n.conversation_id, max(n.new_seq) AS seq FROM numbered n
      WHERE n.is_new GROUP BY n.conversation_id
    ) heads
    WHERE c.id = heads.conversation_id
  )
  SELECT n.ord::integer, n.outcome, coalesce(n.new_id, n.first_id), coalesce(n.new_seq, n.first_seq),
    (extract(epoch FROM v_now) * 1000)::double precision
  FROM numbered n;
END $$`;

const undone = [
  'DROP TABLE "moderation_audit"',
  'DROP FUNCTION "refuse_audit_changes"',
  'DROP INDEX "reports_sender"',
  'ALTER TABLE "reports" DROP COLUMN "assigned_to", DROP COLUMN "assigned_at"',
  'DROP TABLE "blocks"',
  // Without the mark everybody would read what nobody else was to read.
  `UPDATE "messages" SET content = '', attachments = '[]', mentions = '[]', metadata = NULL,
    deleted_at = coalesce(deleted_at, now()) WHERE is_shadowed`,
  'ALTER TABLE "messages" DROP COLUMN "is_shadowed"',
  `DELETE FROM "sanctions" WHERE kind = 'shadow' OR conversation_id = 0`,
  'ALTER TABLE "sanctions" DROP COLUMN "id", DROP COLUMN "reason"',
  'DROP SEQUENCE "sanction_ids"',
  'DROP INDEX "sanctions_expiry"',
];

export class Moderation1700000500000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...tables, appendMessages]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...undone, appendWithoutShadows]) {
      await queryRunner.query(statement);
    }
  }
}
