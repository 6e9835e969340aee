import type { ModerationRules } from '../core/model/rules.js';

const UPPER = /\p{Lu}/gu;
const LOWER = /\p{Ll}/gu;

const count = (text: string, letter: RegExp): number => text.match(letter)?.length ?? 0;

/** Only letters that are either small or capital count: there are scripts without. */
export function isShouted(
  content: string,
  { minLength, share }: NonNullable<ModerationRules['caps']>,
): boolean {
  const capitals = count(content, UPPER);
  const letters = capitals + count(content, LOWER);
  return letters >= minLength && capitals >= letters * share && capitals > 0;
}
