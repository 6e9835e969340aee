import type { MigrationInterface, QueryRunner } from 'typeorm';
import { appendMessages as appendWithoutSanctions } from './1700000000000-foundation.js';

const tables = [
  `ALTER TABLE "users" ADD COLUMN "roles" text[] NOT NULL DEFAULT '{}'`,
  `CREATE TABLE "sanctions" (
    "conversation_id" integer NOT NULL,
    "user_id" text NOT NULL,
    "kind" text NOT NULL,
    "moderator_id" text NOT NULL,
    "created_at" timestamptz NOT NULL,
    "expires_at" timestamptz,
    CONSTRAINT "sanctions_pkey" PRIMARY KEY ("conversation_id", "user_id", "kind")
  )`,
];

/**
 * The append path of the first migration; besides, it heeds sanctions, and lets into public rooms
 * those who need not take part in them: users into live ones, visitors without a token where
 * they are allowed. Of two sanctions `min` finds the graver: `ban` is less than `mute`.
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
        WHEN first.id IS NOT NULL THEN 'conflict'
        WHEN d.reply_to IS NOT NULL AND target.id IS NULL THEN 'reply-not-found'
        ELSE 'appended'
      END AS outcome
    FROM drafts d
    LEFT JOIN conversations c ON c.id = d.conversation_id
    LEFT JOIN participants p
      ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id
    LEFT JOIN LATERAL (
      SELECT min(s.kind) AS kind FROM sanctions s
      WHERE s.conversation_id = d.conversation_id AND s.user_id = d.sender_id
        AND (s.expires_at IS NULL OR s.expires_at > v_now)
    ) s ON true
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

export class Sanctions1700000400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...tables, appendMessages]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION "append_messages"');
    await queryRunner.query(appendWithoutSanctions);
    await queryRunner.query('DROP TABLE "sanctions"');
    await queryRunner.query('ALTER TABLE "users" DROP COLUMN "roles"');
  }
}
