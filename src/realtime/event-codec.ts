import type { Happening } from './carriage.js';

/** Of the events' own fields those that hold a `Date`. */
const DATES = new Set([
  'at',
  'before',
  'createdAt',
  'deletedAt',
  'editedAt',
  'expiresAt',
  'joinedAt',
  'lastSeen',
  'readAt',
  'sentAt',
  'updatedAt',
]);

/** What clients wrote stands below these: it is theirs, whatever they call it. */
const THEIRS = new Set(['metadata', 'data', 'reactions']);

export const encode = (happening: Happening): string => JSON.stringify(happening);

export function decode(text: string): Happening {
  const happening: unknown = JSON.parse(text);
  revive(happening);
  return happening as Happening;
}

function revive(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const record = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(record)) {
    if (typeof field === 'object') {
      if (!THEIRS.has(key)) revive(field);
    } else if (typeof field === 'string' && DATES.has(key)) record[key] = new Date(field);
  }
}
