import { LIMITS } from './core.limits.js';

/** Control characters, and those that turn the direction of text around them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const RESERVED = /["<>:|?*]/g;

/** A name fit to be shown and to be saved under: no folders, nothing invisible, not too long. */
export function fileName(given: string): string {
  const base = given.split(/[/\\]/).at(-1) ?? '';
  const visible = base.replace(INVISIBLE, '').replace(RESERVED, '_');
  // A leading dot hides a file, and `..` is no name at all.
  const name = visible.replace(/^[.\s]+/, '').trimEnd();
  return shortened(name) || 'file';
}

/** Keeps the end, which says the type. */
function shortened(name: string): string {
  const characters = Array.from(name);
  const excess = characters.length - LIMITS.fileNameLength;
  if (excess <= 0) return name;
  const extension = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  const kept = characters.slice(0, LIMITS.fileNameLength - extension.length).join('');
  return (kept + extension).trimEnd();
}
