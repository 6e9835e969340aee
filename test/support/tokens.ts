import { SignJWT } from 'jose';

export const SECRET = 'a-test-secret-of-more-than-32-bytes';

export interface TestUser {
  readonly id: number | string;
  readonly name: string;
  readonly roles?: readonly string[];
}

export interface TokenOptions {
  readonly secret?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly notBefore?: number;
  readonly claims?: Record<string, unknown>;
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

export function tokenFor(user: TestUser, options: TokenOptions = {}): Promise<string> {
  const { secret = SECRET, expiresIn = 3_600, notBefore, claims } = options;
  const jwt = new SignJWT({ username: user.name, roles: user.roles ?? [], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(user.id))
    .setIssuedAt()
    .setExpirationTime(inSeconds(expiresIn));
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
