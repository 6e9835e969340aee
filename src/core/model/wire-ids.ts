import { isAnonymous, type UserId } from './identity.js';

const CANONICAL_INTEGER = /^(0|[1-9]\d{0,15})$/;

/** A user's id on the wire: null is a visitor without a token, who is no user. */
export type WireUserId = number | string | null;

/** A number for a user id that is one, else the text. */
export function wireUserId(id: UserId): WireUserId {
  if (isAnonymous(id)) return null;
  return CANONICAL_INTEGER.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;
}

/** As `wireUserId`, for protocols whose ids are text. */
export const wireUserText = (id: UserId): string | null => (isAnonymous(id) ? null : id);

export const toUserId = (ref: number | string): UserId => String(ref);
