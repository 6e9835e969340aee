import { mentionedNames as namesIn } from '../core/mentions.js';
import type { ModerationRules } from '../core/model/rules.js';
import type { Submission } from '../core/ports/rule-compiler.js';

/** Names count once, in the text or besides; users mentioned by id may be others, and add up. */
export function isCrowded(
  { content, mentionedNames, mentionedIds }: Submission,
  { max }: NonNullable<ModerationRules['mentions']>,
): boolean {
  const names = new Set([...mentionedNames, ...namesIn(content, max + 1)]);
  return names.size + mentionedIds > max;
}
