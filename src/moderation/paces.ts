import { createHash } from 'node:crypto';
import type { ModerationRules } from '../core/model/rules.js';
import type { Pace, Submission } from '../core/ports/rule-compiler.js';
import { foldedText } from './folding.js';

type Written = Pick<Submission, 'content' | 'attachments'>;

/** What of a message is counted, and under which keys. */
export function pacesOf(
  { bursts, repeats }: Pick<ModerationRules, 'bursts' | 'repeats'>,
  sender: string,
  submission: Written,
): readonly Pace[] {
  const paces: Pace[] = [];
  if (bursts) {
    const { max: count, seconds } = bursts;
    paces.push({ rule: 'bursts', rate: { count, seconds }, key: `bursts:${sender}` });
  }
  if (repeats) {
    const { max: count, seconds } = repeats;
    const key = `repeats:${sender}:${fingerprintOf(submission)}`;
    paces.push({ rule: 'repeats', rate: { count, seconds }, key });
  }
  return paces;
}

/** The same for what reads the same. Where no letter is in it, the signs themselves count. */
function fingerprintOf({ content, attachments }: Written): string {
  const text = foldedText(content) || content.trim() || attachments.join('\n');
  return createHash('sha256').update(text).digest('base64');
}
