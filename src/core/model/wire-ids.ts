import type { UserId } from './identity.js';

const CANONICAL_INTEGER = /^(0|[1-9]\d{0,15})$/;

/** A number for a user id that is one, else the text. */
export function wireUserId(id: UserId): number | string {
  return CANONICAL_INTEGER.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;
}

export const toUserId = (ref: number | string): UserId => String(ref);
