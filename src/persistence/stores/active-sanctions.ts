/** The gravest sanction of a user that holds now, as `kind` and `expires_at`: of two, `ban` is less. */
export const activeSanction = (conversationId: string, userId: string): string => `(
  SELECT kind, expires_at FROM sanctions
  WHERE conversation_id = ${conversationId} AND user_id = ${userId}
    AND (expires_at IS NULL OR expires_at > clock_timestamp())
  ORDER BY kind LIMIT 1)`;

export const isBanned = (conversationId: string, userId: string): string => `EXISTS (
  SELECT 1 FROM ${activeSanction(conversationId, userId)} s WHERE s.kind = 'ban')`;
