import { expect, it } from 'vitest';
import type { SendLimiter } from '../../src/core/ports/send-limiter.js';
import { turns } from '../persistence/support/race.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { describeWithRedis } from '../support/redis-server.js';
import { integerIn, seededRandom, type Random } from '../support/seeded-random.js';
import { startSharingNodes } from './support/limiting-nodes.js';
import { newUser, outcome } from './support/outcomes.js';

const HOUR = 3_600;
const ROUNDS = 50;
const SILENT_ROUNDS = 2;
/** Half of them pass. */
const TAKES = 20;

const after = cleanups();

/** Asks for many at once, and meanwhile something happens; says in which order they were answered. */
async function answeredDuring(limiter: SendLimiter, random: Random, happen: () => Promise<void>) {
  const [writer, other] = [newUser(), newUser()];
  const rate = { count: TAKES / 2, seconds: HOUR };
  const asks = [
    () => limiter.take('crowd', writer),
    () => limiter.take('crowd', other),
    () => limiter.takeAt(rate, writer),
  ];
  const answered: number[][] = asks.map(() => []);
  const moment = integerIn(random, 1, TAKES);
  const all: Promise<unknown>[] = [];
  for (const n of range(1, TAKES)) {
    for (const [index, ask] of asks.entries()) {
      all.push(outcome(ask()).then(() => answered[index]?.push(n)));
    }
    if (n === moment) all.push(happen());
    await turns(random, 3);
  }
  await Promise.all(all);
  return answered;
}

describeWithRedis('sends of one user', () => {
  const CROWD = { crowd: [{ count: TAKES / 2, seconds: HOUR }] };
  const IN_ORDER = range(1, 3).map(() => range(1, TAKES));

  it(`leave in order whenever Redis goes away or comes back, ${ROUNDS} times`, async () => {
    const { seed, random } = seededRandom();
    const nodes = await startSharingNodes(CROWD);
    after.add(() => nodes.close());
    for (const round of range(1, ROUNDS)) {
      const isThere = nodes.redis.isRunning;
      const answered = await answeredDuring(nodes.one, random, () =>
        isThere ? nodes.redis.down() : nodes.redis.up(),
      );
      expect(answered, `round ${round} of seed ${seed}`).toEqual(IN_ORDER);
      await nodes.untilRedisIs(!isThere);
    }
  }, 180_000);

  it(`leave in order when Redis falls silent, ${SILENT_ROUNDS} times`, async () => {
    const { seed, random } = seededRandom();
    const nodes = await startSharingNodes(CROWD);
    after.add(() => nodes.close());
    for (const round of range(1, SILENT_ROUNDS)) {
      const answered = await answeredDuring(nodes.one, random, () => {
        nodes.redis.pause();
        return Promise.resolve();
      });
      expect(answered, `round ${round} of seed ${seed}`).toEqual(IN_ORDER);
      await nodes.untilRedisIs(false);
      nodes.redis.resume();
      await nodes.untilRedisIs(true);
    }
  }, 60_000);
});
