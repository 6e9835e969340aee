/** Opaque text: the `sub` of the token. */
export type UserId = string;

export const ROLES = ['user', 'moderator', 'admin', 'superuser'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking, as the token says. */
export interface Identity {
  readonly userId: UserId;
  readonly username: string;
  readonly roles: ReadonlySet<Role>;
  /** Milliseconds since the epoch; `Infinity` for a token without `exp`. */
  readonly expiresAt: number;
}

export const isAdmin = (identity: Identity): boolean =>
  identity.roles.has('admin') || identity.roles.has('superuser');

export const isModerator = (identity: Identity): boolean =>
  identity.roles.has('moderator') || isAdmin(identity);
