import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { range } from '../support/chat-shapes.js';
import { describeWithRedis } from '../support/redis-server.js';
import {
  startLoneNode,
  startSharingNodes,
  type LimitingNodes,
  type Rates,
} from './support/limiting-nodes.js';
import { isRefusal, newUser, outcome, passed } from './support/outcomes.js';

const HOUR = 3_600;
const RATES: Rates = {
  chat: [{ count: 3, seconds: HOUR }],
  root: [{ count: 3, seconds: HOUR }],
  salon: [
    { count: 4, seconds: HOUR },
    { count: 2, seconds: 2 * HOUR },
  ],
  brief: [{ count: 1, seconds: 1 }],
  crowd: [{ count: 20, seconds: HOUR }],
  free: [],
};
const ONCE = { count: 1, seconds: HOUR };

function limits(start: () => Promise<LimitingNodes>, isShared: boolean): void {
  let nodes: LimitingNodes;
  beforeAll(async () => void (nodes = await start()));
  afterAll(() => nodes.close());

  /** Asks the nodes in turn. */
  const take = (n: number, dialect: string, user: string) =>
    outcome((n % 2 ? nodes.one : nodes.two).take(dialect, user));
  const takeAt = (n: number, rate: typeof ONCE, key: string) =>
    outcome((n % 2 ? nodes.one : nodes.two).takeAt(rate, key));

  it('lets as many pass as may, and tells the next when to come again', async () => {
    const user = newUser();
    for (const n of range(1, 3)) expect(await take(n, 'chat', user)).toBe('passes');
    for (const n of range(4, 9)) {
      const seconds = await take(n, 'chat', user);
      expect(seconds).toBeGreaterThan(HOUR - 60);
      expect(seconds).toBeLessThanOrEqual(HOUR);
      expect(Number.isInteger(seconds)).toBe(true);
    }
  });

  it('holds to every rate of a dialect', async () => {
    const user = newUser();
    for (const n of range(1, 2)) expect(await take(n, 'salon', user)).toBe('passes');
    expect(await take(3, 'salon', user)).toBeGreaterThan(HOUR);
  });

  it('does not limit where there is no rate', async () => {
    for (const dialect of ['free', 'unheard-of']) {
      for (const n of range(1, 50)) expect(await take(n, dialect, 'anybody')).toBe('passes');
    }
  });

  it('lets pass again when the window has ended, which refusals do not prolong', async () => {
    const user = newUser();
    expect(await take(1, 'brief', user)).toBe('passes');
    const begin = performance.now();
    expect(await take(2, 'brief', user)).toBe(1);
    while (isRefusal(await take(1, 'brief', user)));
    expect(performance.now() - begin).toBeGreaterThan(500);
    expect(await take(2, 'brief', user)).toBe(1);
  });

  it.each([
    ['users', 'chat', 'chat:a', 'chat', 'chat:b'],
    ['dialects', 'chat', 'of two', 'root', 'of two'],
    ['odd names', 'chat', '{one}:3/3600', 'chat', '{one}:3/3600:'],
    ['long names', 'chat', 'x'.repeat(300), 'chat', `${'x'.repeat(299)}y`],
    ['names with quotes', 'chat', `'"; --`, 'chat', `'"; -- `],
    ['names of other scripts', 'chat', 'Ünï😀', 'chat', 'Ünï😃'],
  ])('counts apart: %s', async (_, dialect, user, otherDialect, other) => {
    for (const n of range(1, 3)) expect(await take(n, dialect, user)).toBe('passes');
    expect(isRefusal(await take(1, dialect, user))).toBe(true);
    for (const n of range(1, 3)) expect(await take(n, otherDialect, other)).toBe('passes');
  });

  it('counts nothing that it refuses at a rate of the caller’s', async () => {
    const key = newUser();
    expect(await takeAt(1, ONCE, key)).toBe('passes');
    for (const n of range(1, 6)) expect(await takeAt(n, ONCE, key)).toBeGreaterThan(1);
    await nodes.one.giveBack(ONCE, key);
    expect(await takeAt(2, ONCE, key)).toBe('passes');
    expect(await takeAt(1, ONCE, key)).toBeGreaterThan(1);
  });

  it('counts different rates of one key apart', async () => {
    const key = newUser();
    expect(await takeAt(1, ONCE, key)).toBe('passes');
    expect(await takeAt(2, { count: 1, seconds: HOUR - 1 }, key)).toBe('passes');
    expect(isRefusal(await takeAt(2, ONCE, key))).toBe(true);
  });

  it('takes back what came to nothing, and never more than was taken', async () => {
    const key = newUser();
    const rate = { count: 2, seconds: HOUR };
    for (const _ of range(1, 3)) await nodes.one.giveBack(rate, key);
    for (const n of range(1, 2)) expect(await takeAt(n, rate, key)).toBe('passes');
    await nodes.two.giveBack(rate, key);
    expect(await takeAt(1, rate, key)).toBe('passes');
    expect(isRefusal(await takeAt(2, rate, key))).toBe(true);
  });

  it('answers what is asked at once in the order in which it was asked', async () => {
    const user = newUser();
    const answered: number[] = [];
    const answers = await Promise.all(
      range(1, 40).map(async (n) => {
        const answer = await outcome(nodes.one.take('crowd', user));
        answered.push(n);
        return answer;
      }),
    );
    expect(answered).toEqual(range(1, 40));
    expect(passed(answers)).toBe(20);
  });

  if (!isShared) return;

  it('lets no more pass when two nodes are asked at once', async () => {
    const user = newUser();
    const answers = await Promise.all(range(1, 80).map((n) => take(n, 'crowd', user)));
    expect(passed(answers)).toBe(20);
    const key = newUser();
    const rate = { count: 20, seconds: HOUR };
    const others = await Promise.all(range(1, 40).map((n) => takeAt(n, rate, key)));
    expect(passed(others)).toBe(20);
  });
}

describe('a limiter in memory', () => {
  limits(() => startLoneNode(RATES), false);
});

describeWithRedis('a limiter of several nodes', () => {
  describe('over Redis', () => {
    limits(() => startSharingNodes(RATES), true);
  });

  describe('over a Redis Cluster', () => {
    limits(() => startSharingNodes(RATES, { isCluster: true }), true);
  });

  describe.each(['killed', 'silent'])('while Redis is %s', (how) => {
    limits(async () => {
      const nodes = await startSharingNodes(RATES);
      if (how === 'killed') await nodes.redis.down();
      else nodes.redis.pause();
      await nodes.untilRedisIs(false);
      return nodes;
    }, true);
  });

  describe('while Redis and PostgreSQL are away', () => {
    limits(async () => {
      const nodes = await startSharingNodes(RATES);
      await nodes.redis.down();
      await nodes.untilRedisIs(false);
      await nodes.database.drop();
      return { ...nodes, two: nodes.one };
    }, false);
  });
});
