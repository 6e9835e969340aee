import type { Identity, UserId } from './model/identity.js';
import type { RevokedTokens } from './model/revocation.js';

/**
 * What is revoked, in memory: every event of every client asks. One entry for each user, and one
 * for each token, until that has expired by itself.
 */
export class RevocationList {
  /** Milliseconds since the epoch: tokens issued until then are revoked. */
  private readonly users = new Map<UserId, number>();
  /** Milliseconds since the epoch: when the token expires; `Infinity` where nobody said. */
  private readonly tokens = new Map<string, number>();

  add({ tokenId, userId, before, expiresAt }: RevokedTokens): void {
    if (tokenId !== null) keepLater(this.tokens, tokenId, expiresAt?.getTime() ?? Infinity);
    else if (userId !== null && before) keepLater(this.users, userId, before.getTime());
  }

  has({ tokenId, userId, issuedAt }: Identity): boolean {
    if (issuedAt <= (this.users.get(userId) ?? -Infinity)) return true;
    return tokenId !== null && Date.now() < (this.tokens.get(tokenId) ?? -Infinity);
  }

  forgetExpired(): void {
    const now = Date.now();
    for (const [tokenId, expiresAt] of this.tokens) {
      if (expiresAt <= now) this.tokens.delete(tokenId);
    }
  }

  get size(): number {
    return this.users.size + this.tokens.size;
  }
}

/** Of two revocations the one that goes further holds. */
function keepLater(entries: Map<string, number>, key: string, time: number): void {
  entries.set(key, Math.max(time, entries.get(key) ?? -Infinity));
}
