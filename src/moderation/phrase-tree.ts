import { spell } from './spelling.js';

interface Branch {
  isEnd: boolean;
  readonly next: Map<string, Branch>;
}

const newBranch = (): Branch => ({ isEnd: false, next: new Map() });

/** Phrases by their words: from each word of a text as far as one of them goes, and no further. */
export class PhraseTree {
  private readonly root = newBranch();

  get isEmpty(): boolean {
    return this.root.next.size === 0;
  }

  add(words: readonly string[]): void {
    let branch = this.root;
    for (const { letters } of words.map(spell)) {
      const next: Branch = branch.next.get(letters) ?? newBranch();
      branch.next.set(letters, next);
      branch = next;
    }
    branch.isEnd = true;
  }

  remove(words: readonly string[]): void {
    let branch: Branch | undefined = this.root;
    for (const { letters } of words.map(spell)) branch = branch?.next.get(letters);
    if (branch) branch.isEnd = false;
  }

  isIn(words: readonly string[]): boolean {
    if (this.isEmpty) return false;
    const letters = words.map((word) => spell(word).letters);
    return letters.some((_, start) => this.beginsAt(letters, start));
  }

  private beginsAt(letters: readonly string[], start: number): boolean {
    let branch = this.root.next.get(letters[start] ?? '');
    for (let place = start + 1; branch; place++) {
      if (branch.isEnd) return true;
      branch = branch.next.get(letters[place] ?? '');
    }
    return false;
  }
}
