/** Opaque text: the `sub` of the token. */
export type UserId = string;

export const ROLES = ['user', 'moderator', 'admin', 'superuser'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking: as the token says, or a visitor without one. */
export interface Identity {
  readonly userId: UserId;
  readonly username: string;
  readonly roles: ReadonlySet<Role>;
  /** Milliseconds since the epoch; `Infinity` for a token without `exp`. */
  readonly expiresAt: number;
  /** Milliseconds since the epoch; 0 for a token without `iat`, `Infinity` without a token. */
  readonly issuedAt: number;
  /** The token's `jti`; null where it has none. */
  readonly tokenId: string | null;
}

/** Begins the ids that the service gives to visitors without a token; no token may claim one. */
export const ANONYMOUS = 'anonymous:';

export const isAnonymous = (userId: UserId): boolean => userId.startsWith(ANONYMOUS);

/** `address`: a keyed hash of where the visitor comes from. */
export const anonymousId = (address: string, connection: string): UserId =>
  `${ANONYMOUS}${address}:${connection}`;

/** Of a visitor without a token the hash of its address, else null. */
export const addressKeyOf = (userId: UserId): string | null =>
  isAnonymous(userId) ? (userId.split(':')[1] ?? null) : null;

export const isAdmin = (identity: Pick<Identity, 'roles'>): boolean =>
  identity.roles.has('admin') || identity.roles.has('superuser');

export const isModerator = (identity: Pick<Identity, 'roles'>): boolean =>
  identity.roles.has('moderator') || isAdmin(identity);
