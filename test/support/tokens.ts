import { decodeJwt, SignJWT } from 'jose';

export const SECRET = 'a-test-secret-of-more-than-32-bytes';

export interface TestUser {
  readonly id: number | string;
  readonly name: string;
  readonly roles?: readonly string[];
}

export interface TokenOptions {
  readonly secret?: string;
  /** Seconds from now; null for a token without an end. */
  readonly expiresIn?: number | null;
  readonly notBefore?: number;
  readonly tokenId?: string;
  /** Seconds from now; null for a token that does not say. */
  readonly issuedIn?: number | null;
  readonly claims?: Record<string, unknown>;
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

export function tokenFor(user: TestUser, options: TokenOptions = {}): Promise<string> {
  const { secret = SECRET, expiresIn = 3_600, notBefore, tokenId, issuedIn = 0, claims } = options;
  const jwt = new SignJWT({ username: user.name, roles: user.roles ?? [], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(user.id));
  if (expiresIn !== null) jwt.setExpirationTime(inSeconds(expiresIn));
  if (issuedIn !== null) jwt.setIssuedAt(inSeconds(issuedIn));
  if (tokenId !== undefined) jwt.setJti(tokenId);
  if (notBefore !== undefined) jwt.setNotBefore(inSeconds(notBefore));
  return jwt.sign(new TextEncoder().encode(secret));
}

let lastId = 1_000;

/** A user nobody else in the suite is. */
export const someone = (name: string, roles: readonly string[] = []): TestUser => ({
  id: ++lastId,
  name,
  roles,
});

/** When that token expires. Milliseconds since the epoch. */
export const expiryOf = (token: string): number => (decodeJwt(token).exp ?? Infinity) * 1_000;

let lastTokenId = 0;

/** A `jti` that no other token of the suite has. */
export const newTokenId = (): string => `token-${++lastTokenId}`;
