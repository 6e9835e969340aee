import { ChatError } from '../../core/core.errors.js';

/** A page cursor: where the last item stood, opaque to clients. */
export const encodeCursor = (...position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** Throws VALIDATION_FAILED for anything this service did not hand out. */
export function decodeCursor(cursor: string, kinds: readonly ('string' | 'number')[]): unknown[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === kinds.length &&
      kinds.every((kind, index) => typeof position[index] === kind)
    ) {
      return position;
    }
  } catch {
    // Falls through to the one answer for a bad cursor.
  }
  throw ChatError.invalid('cursor', 'must be the nextCursor of an earlier page');
}
