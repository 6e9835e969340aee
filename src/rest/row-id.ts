import { ChatError } from '../core/core.errors.js';

/** The id in a path, of what is counted in an `integer`. `what`: of which there is none by another. */
export function rowId(text: string, what: 'report' | 'sanction'): number {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : NaN;
  if (id <= 2 ** 31 - 1) return id;
  throw new ChatError('MESSAGE_NOT_FOUND', { text: `There is no such ${what}.` });
}
