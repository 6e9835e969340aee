const OWNER = /^w([1-9]\d{0,8})-/;

/** What the ids of that worker's sessions begin with. A worker's number is never given twice. */
export const sessionPrefix = (worker: number): string => `w${worker}-`;

/** The worker that a session id names; null for one that names none. Anybody may have made it up. */
export function ownerOf(session: unknown): number | null {
  const [, worker] = (typeof session === 'string' ? OWNER.exec(session) : null) ?? [];
  return worker === undefined ? null : Number(worker);
}
