import fc from 'fast-check';

const { FUZZ_SEED, FUZZ_RUNS = '4' } = process.env;

/** What a failure is repeated by. */
const seed = Number(FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const numRuns = Number(FUZZ_RUNS);

process.stdout.write(`FUZZ_SEED=${seed}\n`);

/** Long enough to find the smallest case that fails, and for as many runs as are asked for. */
export const CAMPAIGN_MS = 60_000 + numRuns * 5_000;

/** Fails with the smallest case found that does not hold, and with what repeats it. */
export async function campaign<T>(
  cases: fc.Arbitrary<T>,
  holds: (one: T) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, holds), {
    seed,
    numRuns,
    interruptAfterTimeLimit: CAMPAIGN_MS - 10_000,
  });
}
