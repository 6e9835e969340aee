import type { JWTPayload } from 'jose';
import { LIMITS } from '../core/core.limits.js';
import { isAnonymous, ROLES, type Identity, type Role } from '../core/model/identity.js';

const isRole = (value: unknown): value is Role => ROLES.includes(value as Role);

/** `sub` as text; applications that sign a number are understood too. */
function subjectOf(payload: JWTPayload): string | null {
  const subject: unknown = payload.sub;
  const text = Number.isSafeInteger(subject) ? String(subject) : subject;
  if (typeof text !== 'string' || text === '' || text.length > LIMITS.userIdLength) return null;
  if (isAnonymous(text)) return null;
  // What PostgreSQL cannot store cannot be a user.
  return text.isWellFormed() && !text.includes('\0') ? text : null;
}

function usernameOf(payload: JWTPayload, subject: string): string {
  for (const claim of ['username', 'preferred_username', 'name']) {
    const name = payload[claim];
    if (typeof name === 'string' && name.trim() !== '' && name.isWellFormed()) {
      return name.replaceAll('\0', '').slice(0, LIMITS.usernameLength).toWellFormed();
    }
  }
  return `user_${subject}`;
}

function rolesOf(payload: JWTPayload): ReadonlySet<Role> {
  const { roles, role } = payload;
  const claimed = Array.isArray(roles) ? (roles as unknown[]) : [role];
  const known = new Set(claimed.filter(isRole));
  if (payload.is_admin === true) known.add('admin');
  if (payload.is_moderator === true) known.add('moderator');
  return known;
}

/** Text that names the token; applications that count their tokens are understood too. */
function tokenIdOf(payload: JWTPayload): string | null {
  const tokenId: unknown = payload.jti;
  const text = Number.isSafeInteger(tokenId) ? String(tokenId) : tokenId;
  if (typeof text !== 'string' || text === '') return null;
  return text.length > LIMITS.tokenIdLength ? null : text;
}

/** The last moment that has a date. */
const LAST_MOMENT = 8.64e15;

function expiryOf({ exp }: JWTPayload): number {
  const expiresAt = exp === undefined ? Infinity : exp * 1_000;
  return expiresAt > LAST_MOMENT ? Infinity : expiresAt;
}

/**
 * Null for a payload that names no user, or that expired: the skew forgiven to `nbf` would let in
 * a connection whose first event is refused.
 */
export function toIdentity(payload: JWTPayload): Identity | null {
  const userId = subjectOf(payload);
  const expiresAt = expiryOf(payload);
  if (userId === null || expiresAt <= Date.now()) return null;
  return {
    userId,
    username: usernameOf(payload, userId),
    roles: rolesOf(payload),
    expiresAt,
    issuedAt: (payload.iat ?? 0) * 1_000,
    tokenId: tokenIdOf(payload),
  };
}
