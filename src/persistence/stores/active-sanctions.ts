import { EVERYWHERE } from '../entities/sanction.entity.js';

/**
 * The gravest sanction of a user that holds now, as `kind` and `expires_at`: in the conversation,
 * or everywhere. Of several, `ban` is less than `mute`, and that less than `shadow`.
 */
export const activeSanction = (conversationId: string, userId: string): string => `(
  SELECT kind, expires_at FROM sanctions
  WHERE conversation_id = ANY (ARRAY[${conversationId}, ${EVERYWHERE}]) AND user_id = ${userId}
    AND (expires_at IS NULL OR expires_at > clock_timestamp())
  ORDER BY kind, expires_at DESC NULLS FIRST LIMIT 1)`;

export const isBanned = (conversationId: string, userId: string): string => `EXISTS (
  SELECT 1 FROM ${activeSanction(conversationId, userId)} s WHERE s.kind = 'ban')`;
