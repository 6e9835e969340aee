import type { WordLanguage } from '../core/model/rules.js';
import { EVERYDAY_WORDS } from './everyday-words.js';

/** Of the ratings of `cuss`: likely, maybe and unlikely to be meant badly are 2, 1 and 0. */
const LIKELY = 2;

type Ratings = Promise<{ readonly cuss: Readonly<Record<string, number>> }>;

/** Only what is asked for is loaded: together they are thousands of words. */
const SOURCES: Readonly<Record<WordLanguage, () => Ratings>> = {
  'ar-latn': () => import('cuss/ar-latn'),
  en: () => import('cuss'),
  es: () => import('cuss/es'),
  fr: () => import('cuss/fr'),
  it: () => import('cuss/it'),
  pt: () => import('cuss/pt'),
  'pt-pt': () => import('cuss/pt-pt'),
};

export interface WordList {
  readonly likely: readonly string[];
  /** Words of the language that lists have, this one or another, and that everybody needs. */
  readonly everyday: readonly string[];
}

export async function wordList(language: WordLanguage): Promise<WordList> {
  const { cuss } = await SOURCES[language]();
  const likely = Object.keys(cuss).filter((word) => cuss[word] === LIKELY);
  return { likely, everyday: EVERYDAY_WORDS[language] ?? [] };
}
