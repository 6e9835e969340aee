import { describe, expect, it } from 'vitest';
import { corpus, doors } from './support/corpus.js';

/** Doors that a spec reads: one that none reads would look tested. */
const READ = [
  ...['chat', 'engine', 'frames', 'graphql', 'live', 'packets', 'relay', 'rest', 'root', 'salon'],
  ...['sign-in', 'strangers', 'tokens', 'upgrades', 'uploads', 'veza'],
];

describe('the corpus', () => {
  it('is of the doors that are attacked', () => {
    expect(doors().sort()).toEqual(READ);
  });

  it.each(READ)('of %s names each input once', (door) => {
    const names = corpus(door).map(([name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  });
});
