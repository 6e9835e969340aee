import { readText, together } from './folding.js';
import { PhraseTree } from './phrase-tree.js';
import { WordSet } from './word-set.js';

interface Entries {
  /** Of lists: words and phrases, as they are. */
  readonly listed: readonly string[];
  /** What lists have and is harmless for all that. */
  readonly everyday: readonly string[];
  /** The operator's own; `*` at the end of a word stands for any ending. */
  readonly blocked: readonly string[];
  /** What is not meant. */
  readonly allowed: readonly string[];
}

/** Single letters in a row that may be a word: fewer are initials. */
const MIN_SPELLED_OUT = 3;
/** One more letter may stand beside it: `I f u c k`. */
const MIN_AMONG_OTHERS = 4;

const ONE_LETTER = /^\p{L}$/u;

/**
 * Words that are not to be said, and whether a text says one. Whole words only: each is looked up
 * in maps, so that a text takes as long as it is, whatever the words are.
 */
export class Lexicon {
  private readonly words = new WordSet();
  private readonly beginnings = new WordSet();
  private readonly allowed = new WordSet();
  private readonly phrases = new PhraseTree();

  constructor({ listed, everyday, blocked, allowed }: Entries) {
    // In a list digits stand for letters, and without the disguise the word may be harmless.
    for (const entry of listed) if (!/\d/.test(entry)) this.add(entry);
    for (const entry of [...everyday, ...allowed]) this.remove(wordsOf(entry));
    // A word that the operator names is meant, whatever the lists say of it.
    for (const entry of blocked) this.add(entry);
    for (const [word, ...more] of allowed.map(wordsOf)) {
      if (word !== undefined && more.length === 0) this.allowed.add(word);
    }
  }

  get isEmpty(): boolean {
    return this.words.isEmpty && this.beginnings.isEmpty && this.phrases.isEmpty;
  }

  isIn(text: string): boolean {
    const { words, disguised } = readText(text);
    const isSaid = (word: string) => this.has(word);
    return (
      words.some(isSaid) ||
      disguised.some(isSaid) ||
      this.phrases.isIn(words) ||
      spelledOut(words).some(isSaid)
    );
  }

  private has(word: string): boolean {
    if (this.words.has(word)) return true;
    return this.beginnings.hasBeginningOf(word) && !this.allowed.has(word);
  }

  private add(entry: string): void {
    const words = wordsOf(entry);
    const [word, ...more] = words;
    if (word === undefined) return;
    if (more.length > 0) this.phrases.add(words);
    else if (entry.endsWith('*')) this.beginnings.add(word);
    else this.words.add(word);
  }

  private remove(words: readonly string[]): void {
    const [word, ...more] = words;
    if (word === undefined) return;
    if (more.length > 0) this.phrases.remove(words);
    else this.words.remove(word);
  }
}

const wordsOf = (entry: string): readonly string[] => readText(entry).words;

/** Words written as single letters: each row of them, with and without its first and last. */
function spelledOut(words: readonly string[]): string[] {
  const found: string[] = [];
  let row: string[] = [];
  const close = () => {
    if (row.length >= MIN_SPELLED_OUT) found.push(...readingsOf(together(row.join(''))));
    row = [];
  };
  for (const word of words) {
    if (ONE_LETTER.test(word)) row.push(word);
    else close();
  }
  close();
  return found;
}

const readingsOf = (row: string): string[] => [
  row,
  ...[row.slice(1), row.slice(0, -1), row.slice(1, -1)].filter(
    ({ length }) => length >= MIN_AMONG_OTHERS,
  ),
];
