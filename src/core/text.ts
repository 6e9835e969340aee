import { ChatError } from './core.errors.js';

/** White space, and the format characters that show nothing: a text of these alone is blank. */
const INVISIBLE = /[\s\p{Cf}\u115F\u1160\u2800\u3164\uFFA0]/gu;

const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

export const isBlank = (text: string): boolean => text.replace(INVISIBLE, '') === '';

/** Code points are at most UTF-16 units: short texts need no counting. */
export const isLongerThan = (text: string, limit: number): boolean =>
  text.length > limit && codePoints(text) > limit;

/** Checks a message's text; `mayBeBlank` when attachments speak for it. */
export function checkText(content: string, maxLength: number, mayBeBlank = false): void {
  if (isLongerThan(content, maxLength)) {
    throw new ChatError('MESSAGE_TOO_LONG', {
      text: `The message is too long: at most ${maxLength} characters.`,
    });
  }
  if (!mayBeBlank && isBlank(content)) throw ChatError.invalid('content', 'must not be blank');
}

/** The first code points of a text, with an ellipsis where something was cut. */
export function excerpt(text: string, length: number): string {
  const points = Array.from(text.slice(0, length * 2 + 2));
  return points.length > length ? `${points.slice(0, length - 1).join('')}…` : text;
}
