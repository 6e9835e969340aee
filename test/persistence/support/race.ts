import { range } from '../../support/chat-shapes.js';
import { integerIn, type Random } from '../../support/seeded-random.js';

const MAX_TURNS = 20;

/** Lets up to so many turns of the event loop pass. */
export async function turns(random: Random, max = MAX_TURNS): Promise<void> {
  for (const _ of range(1, integerIn(random, 0, max))) await new Promise(setImmediate);
}

/** The first time one after the other, then the other way round, and from then on both at once. */
export async function race<A, B>(
  { random, round }: { random: Random; round: number },
  one: () => Promise<A>,
  other: () => Promise<B>,
): Promise<readonly [A, B]> {
  if (round === 1) return [await one(), await other()];
  if (round > 2) return Promise.all([turns(random).then(one), turns(random).then(other)]);
  const first = await other();
  return [await one(), first];
}
