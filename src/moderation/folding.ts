import { resolveConfusablesTransformer, resolveLeetSpeakTransformer } from 'obscenity';

/** What a text says to somebody who reads over disguises. */
export interface ReadText {
  /** Its words, in order: what is between white space and punctuation, and each emoji. */
  readonly words: readonly string[];
  /** Other words it may mean: signs read as letters, punctuation inside a word passed over. */
  readonly disguised: readonly string[];
}

/** Accents, and the characters that show nothing. Compatibility forms are gone by then. */
const UNSEEN = /[\p{M}\p{Cf}\u115F\u1160]/gu;
const SPACE = /[\s\u2800]+/u;
const NO_PUNCTUATION = /[^\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E]+/g;
/** Written without spaces: where such a script ends, a word ends. */
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}';
const WORD = new RegExp(
  `[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{N}])+|\\p{Extended_Pictographic}`,
  'gu',
);
const LETTER = /\p{L}/u;
/** Most words are: there is nothing to read over. */
const PLAIN = /^[a-z]*$/i;
const NO_LETTER = /\P{L}+/gu;
const NO_WORD = /[^\p{L}\p{N}]+/gu;
const NO_SIGN = /[^\p{L}\p{N}@$!|(/]+/u;
const SIGN = /[@$!|(/]/;
const ONE = /[1|!]/;

/** Shorter readings would find words in every second abbreviation. */
const MIN_LEET = 3;
const MIN_JOINED = 4;

/** A word all in one of these is a word of its language, and no disguise of a Latin one. */
const OTHER_SCRIPT = new RegExp(
  `^(?:${[
    ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Georgian', 'Greek', 'Han'],
    ...['Hangul', 'Hebrew', 'Hiragana', 'Katakana', 'Thai'],
  ]
    .map((script) => `\\p{Script=${script}}+`)
    .join('|')})$`,
  'u',
);

const confusables = resolveConfusablesTransformer();
const leetSpeak = resolveLeetSpeakTransformer();

function eachCharacter(text: string, { transform }: typeof confusables): string {
  let result = '';
  for (const character of text) {
    const code = transform(character.codePointAt(0) ?? 0);
    result += code === undefined ? '' : String.fromCodePoint(code);
  }
  return result;
}

const inLatin = (text: string): string =>
  PLAIN.test(text) || OTHER_SCRIPT.test(text.replace(NO_LETTER, ''))
    ? text
    : eachCharacter(text, confusables);

/** Letters that stood apart are one word, which may be no word of their scripts. */
export const together = (letters: string): string => inLatin(letters).toLowerCase();

/** Between white space: without accents and capitals, look-alikes as the letters they look like. */
const chunksOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .split(SPACE)
    .map((chunk) => chunk.replace(NO_PUNCTUATION, inLatin).toLowerCase());

/** Digits and signs as letters, beside letters only: a number is a number. */
function leet(text: string, one: 'i' | 'l' = 'i'): string {
  if (PLAIN.test(text) || !LETTER.test(text)) return text;
  const read = eachCharacter(one === 'l' ? text.replaceAll(/[1|!]/g, 'l') : text, leetSpeak);
  return read.length < MIN_LEET ? text : read;
}

/** Around a word these are punctuation. In a loop: an expression would look at each run anew. */
function withoutEdges(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && '(/|!'.includes(text.charAt(start))) start++;
  while (end > start && '(/|!'.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

const isLongEnough = ({ length }: string): boolean => length >= MIN_JOINED;

function* disguisesIn(chunk: string): Generator<string> {
  const readings = [together(chunk.replace(NO_WORD, ''))].filter(isLongEnough);
  if (SIGN.test(chunk)) {
    const parts = chunk.split(NO_SIGN).map(withoutEdges);
    readings.push(...parts.filter((part) => SIGN.test(part)));
    readings.push(...[together(parts.join(''))].filter(isLongEnough));
  }
  for (const reading of readings) {
    if (!LETTER.test(reading)) continue;
    yield leet(reading);
    if (ONE.test(reading)) yield leet(reading, 'l');
  }
}

/** In time that grows with the text alone. */
export function readText(text: string): ReadText {
  const words: string[] = [];
  const disguised: string[] = [];
  for (const chunk of chunksOf(text)) {
    const found = chunk.match(WORD) ?? [];
    for (const word of found) {
      words.push(leet(word));
      if (ONE.test(word)) disguised.push(leet(word, 'l'));
    }
    if (found.length !== 1 || found[0] !== chunk) disguised.push(...disguisesIn(chunk));
  }
  return { words, disguised };
}

const DRAWN_OUT = /(\p{L})\1+/gu;

/** The same for texts that read the same, but for their numbers. Empty where there are no words. */
export const foldedText = (text: string): string =>
  readText(text).words.join('').replace(DRAWN_OUT, '$1');
