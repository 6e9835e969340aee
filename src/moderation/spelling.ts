/** A word as its letters, each once, and how often each stands in a row. */
export interface Spelling {
  readonly letters: string;
  readonly runs: readonly number[];
}

export function spell(word: string): Spelling {
  let letters = '';
  const runs: number[] = [];
  let last = '';
  for (const letter of word) {
    if (letter === last) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else {
      letters += letter;
      runs.push(1);
    }
    last = letter;
  }
  return { letters, runs };
}

/** Neither English nor French doubles these. */
const NEVER_DOUBLED = new Set('ahijkquvwxy');

/** These begin words, doubled: `eerie`, `llama`, `ooze`. */
const DOUBLED_AT_FIRST = new Set('elo');

/**
 * Whether the one is written for the other: `fuuuck` for `fuck`, and not `rapper` for `raper`, nor
 * `as` for `ass`. A letter counts as drawn out from the third on, or where it is never doubled.
 * Both have the same letters, `meant` perhaps fewer of them.
 */
export const isWrittenFor = ({ letters, runs }: Spelling, meant: readonly number[]): boolean =>
  meant.every((count, index) => {
    const written = runs[index] ?? 0;
    const letter = letters.charAt(index);
    const isNeverDoubled =
      NEVER_DOUBLED.has(letter) || (index === 0 && !DOUBLED_AT_FIRST.has(letter));
    const isDrawnOut = written > 2 || isNeverDoubled;
    return written === count || (isDrawnOut && written > count);
  });
