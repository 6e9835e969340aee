import { ChatError } from '../../core/core.errors.js';

/** A page cursor: where the last item stood, opaque to clients. */
export const encodeCursor = (...position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** What a cursor may hold: only what PostgreSQL can compare with, since clients can forge one. */
const KINDS = {
  integer: (value: unknown) => Number.isSafeInteger(value),
  text: (value: unknown) =>
    typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
} as const;

/** Throws VALIDATION_FAILED for anything this service could not have handed out. */
export function decodeCursor(cursor: string, kinds: readonly (keyof typeof KINDS)[]): unknown[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === kinds.length &&
      kinds.every((kind, index) => KINDS[kind](position[index]))
    ) {
      return position;
    }
  } catch {
    // Falls through to the one answer for a bad cursor.
  }
  throw ChatError.invalid('cursor', 'must be the nextCursor of an earlier page');
}
