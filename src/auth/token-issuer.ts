import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

export interface TokenRequest {
  readonly sub: string;
  readonly username?: string;
  readonly roles?: readonly string[];
  /** As `jose` reads it: `1h`, `30m`, `7d`. */
  readonly ttl?: string;
}

/** Signs a token with the shared secret: for development, tests and the `token` command. */
export function issueToken(secret: string, { sub, username, roles, ttl = '12h' }: TokenRequest) {
  return new SignJWT({
    ...(username !== undefined && { username }),
    ...(roles !== undefined && { roles }),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(ttl)
    .sign(new TextEncoder().encode(secret));
}
