export type Random = () => number;

/** Numbers from 0 to 1 that a test can repeat (mulberry32). `FAULT_SEED` chooses, and is printed. */
export function seededRandom(): { readonly seed: number; readonly random: Random } {
  const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`FAULT_SEED=${seed}\n`);
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, random };
}

export const integerIn = (random: Random, min: number, max: number): number =>
  min + Math.floor(random() * (max - min + 1));
