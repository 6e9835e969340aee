import type { Identity, UserId } from './identity.js';

/** Tokens that are good no longer, whatever they say themselves: one, or a user's until a time. */
export interface Revocation {
  readonly id: number;
  /** The `jti` of the one token that is meant; else null. */
  readonly tokenId: string | null;
  /** Whose tokens are meant; null where it is one token. */
  readonly userId: UserId | null;
  /** Of a user's tokens those issued until then; null where it is one token. */
  readonly before: Date | null;
  /** When the one token expires anyway, and this is forgotten; null for never. */
  readonly expiresAt: Date | null;
  readonly reason: string | null;
  readonly revokedBy: UserId;
  readonly createdAt: Date;
}

/** What a revocation is about. */
export type RevokedTokens = Pick<Revocation, 'tokenId' | 'userId' | 'before' | 'expiresAt'>;

export type NewRevocation = Omit<Revocation, 'id' | 'createdAt'>;

/** Whether the token that somebody came with is among those. */
export const isAmong = (
  { tokenId, userId, issuedAt }: Identity,
  revoked: Pick<RevokedTokens, 'tokenId' | 'userId' | 'before'>,
): boolean =>
  revoked.tokenId === null
    ? userId === revoked.userId && revoked.before !== null && issuedAt <= revoked.before.getTime()
    : tokenId === revoked.tokenId;
