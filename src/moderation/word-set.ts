import { isWrittenFor, spell, type Spelling } from './spelling.js';

/** Words, found again in whatever length their letters are drawn out to. */
export class WordSet {
  private readonly runsOf = new Map<string, (readonly number[])[]>();
  private readonly lengths = new Set<number>();

  get isEmpty(): boolean {
    return this.runsOf.size === 0;
  }

  add(word: string): void {
    const { letters, runs } = spell(word);
    const known = this.runsOf.get(letters);
    if (known) known.push(runs);
    else this.runsOf.set(letters, [runs]);
    this.lengths.add(letters.length);
  }

  /** As it is spelled, and not what merely looks like it. */
  remove(word: string): void {
    const { letters, runs } = spell(word);
    const others = this.runsOf.get(letters)?.filter((known) => known.join() !== runs.join()) ?? [];
    if (others.length > 0) this.runsOf.set(letters, others);
    else this.runsOf.delete(letters);
  }

  has(word: string): boolean {
    const written = spell(word);
    return this.isMeant(written, written.letters);
  }

  /** Whether one of the words is how that one begins. */
  hasBeginningOf(word: string): boolean {
    if (this.isEmpty) return false;
    const written = spell(word);
    for (const length of this.lengths) {
      if (this.isMeant(written, written.letters.slice(0, length))) return true;
    }
    return false;
  }

  private isMeant(written: Spelling, letters: string): boolean {
    return this.runsOf.get(letters)?.some((runs) => isWrittenFor(written, runs)) ?? false;
  }
}
