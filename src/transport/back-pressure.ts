/** A reader this far behind goes without typing and presence. */
const LAGGING_BYTES = 1024 * 1024;
/**
 * A reader this far behind is hung up on: it catches up when it returns. Well more than a
 * large answer, so that one who just asked for much is not taken for one who does not read.
 */
export const LOST_BYTES = 8 * 1024 * 1024;

/** What to do with a write to a socket that has `queued` bytes waiting. */
export function judgeWrite(queued: number, isEphemeral: boolean): 'write' | 'skip' | 'hang-up' {
  if (queued < LAGGING_BYTES) return 'write';
  if (queued >= LOST_BYTES) return 'hang-up';
  return isEphemeral ? 'skip' : 'write';
}

/** Try again later (IANA's registry of close codes; RFC 6455 has none for it). */
export const SLOW_CONSUMER = { code: 1013, reason: 'slow consumer' } as const;
