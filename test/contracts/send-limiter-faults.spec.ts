import { Logger } from '@nestjs/common';
import { expect, it } from 'vitest';
import type { SendLimiter } from '../../src/core/ports/send-limiter.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { describeWithRedis } from '../support/redis-server.js';
import { PREFIX, startSharingNodes, type SharingNodes } from './support/limiting-nodes.js';
import { newUser, outcome, passed } from './support/outcomes.js';

const HOUR = 3_600;
const RATES = { chat: [{ count: 3, seconds: HOUR }] };
const ONCE = { count: 1, seconds: HOUR };

const after = cleanups();

async function start(): Promise<SharingNodes> {
  const nodes = await startSharingNodes(RATES);
  after.add(() => nodes.close());
  return nodes;
}

const takes = (limiter: SendLimiter, user: string, count: number) =>
  Promise.all(range(1, count).map(() => outcome(limiter.take('chat', user))));

async function isAway(nodes: SharingNodes): Promise<void> {
  await nodes.redis.down();
  await nodes.untilRedisIs(false);
}

async function isBack(nodes: SharingNodes): Promise<void> {
  await nodes.redis.up();
  await nodes.untilRedisIs(true);
}

/** How often Redis was asked to count. */
async function countsAsked({ redis }: SharingNodes): Promise<number> {
  const stats = String(await redis.command('INFO', 'commandstats'));
  const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

describeWithRedis('limits of several nodes', () => {
  it('cost no round trip for who was refused', async () => {
    const nodes = await start();
    const user = newUser();
    expect(passed(await takes(nodes.one, user, 4))).toBe(3);
    const asked = await countsAsked(nodes);
    expect(asked).toBeGreaterThan(0);
    expect(passed(await takes(nodes.one, user, 1_000))).toBe(0);
    expect(await countsAsked(nodes)).toBe(asked);
    // The other node has not heard of it.
    expect(passed(await takes(nodes.two, user, 1))).toBe(0);
    expect(await countsAsked(nodes)).toBe(asked + 1);
  });

  it('cost no query for who was refused while Redis is away', async () => {
    const nodes = await start();
    await isAway(nodes);
    const user = newUser();
    expect(passed(await takes(nodes.one, user, 4))).toBe(3);
    expect(passed(await takes(nodes.one, user, 1_000))).toBe(0);
    const rows = await nodes.database.query('SELECT key, points FROM rate_limits');
    expect(rows).toEqual([{ key: `chat:3/${HOUR}:${user}`, points: 4 }]);
  });

  it('keep keys under the prefix, each for its window alone', async () => {
    const { one, redis } = await start();
    const user = newUser();
    await one.take('chat', user);
    await one.takeAt(ONCE, user);
    const keys = (await redis.command('KEYS', '*')) as string[];
    expect(keys.sort()).toEqual([
      `${PREFIX}:limits:1/${HOUR}:${user}`,
      `${PREFIX}:limits:chat:3/${HOUR}:${user}`,
    ]);
    for (const key of keys) {
      const seconds = Number(await redis.command('TTL', key));
      expect(seconds).toBeGreaterThan(HOUR - 60);
      expect(seconds).toBeLessThanOrEqual(HOUR);
    }
  });

  it('keep nothing of what was given back', async () => {
    const nodes = await start();
    const user = newUser();
    await nodes.one.takeAt(ONCE, user);
    await nodes.two.giveBack(ONCE, user);
    expect(await nodes.redis.command('DBSIZE')).toBe(0);
    await isAway(nodes);
    await nodes.one.takeAt(ONCE, user);
    await nodes.two.giveBack(ONCE, user);
    expect(await nodes.database.query('SELECT * FROM rate_limits')).toEqual([]);
  });

  it('begin anew where Redis was emptied, and go on without its scripts', async () => {
    const { one, two, redis } = await start();
    const user = newUser();
    expect(passed(await takes(one, user, 5))).toBe(3);
    await redis.command('SCRIPT', 'FLUSH');
    expect(passed(await takes(two, user, 5))).toBe(0);
    await redis.command('FLUSHALL');
    const other = newUser();
    expect(passed(await takes(two, other, 2))).toBe(2);
    await redis.command('FLUSHALL');
    expect(passed(await takes(one, other, 5))).toBe(3);
  });

  it('are counted in Redis again once it is back', async () => {
    const nodes = await start();
    await isAway(nodes);
    await nodes.one.take('chat', newUser());
    await isBack(nodes);
    const user = newUser();
    for (const limiter of [nodes.one, nodes.two]) await limiter.take('chat', user);
    const key = `${PREFIX}:limits:chat:3/${HOUR}:${user}`;
    expect(await nodes.redis.command('GET', key)).toBe('2');
    expect(await nodes.database.query('SELECT * FROM rate_limits')).toHaveLength(1);
  });

  it('hold for those who wait for a Redis that has just fallen silent', async () => {
    const nodes = await start();
    nodes.redis.pause();
    const user = newUser();
    expect(passed(await takes(nodes.one, user, 5))).toBe(3);
    nodes.redis.resume();
  });

  it('are each node’s own where PostgreSQL is away, too, and the log says so once', async () => {
    const said: unknown[] = [];
    const hear = (line: unknown) => void said.push(line);
    Logger.overrideLogger({ log: hear, warn: hear, error: hear });
    after.add(() => Logger.overrideLogger(false));
    const nodes = await start();
    await isAway(nodes);
    await nodes.database.drop();
    const user = newUser();
    for (const limiter of [nodes.one, nodes.two]) {
      expect(passed(await takes(limiter, user, 5))).toBe(3);
    }
    const lines = said.filter((line) => JSON.stringify(line).includes('LIMITS_NOT_SHARED'));
    // One for each of the two nodes.
    expect(lines).toEqual([{ event: 'LIMITS_NOT_SHARED' }, { event: 'LIMITS_NOT_SHARED' }]);
  });

  it('leave no rows of windows that have ended, and mind no database that is away', async () => {
    const nodes = await start();
    await isAway(nodes);
    for (const user of ['open', 'ended']) await nodes.one.take('chat', user);
    // As time would have it.
    await nodes.database.query(`UPDATE rate_limits SET expire = 0 WHERE key LIKE '%ended'`);
    await nodes.windows.clear();
    const rows = await nodes.database.query('SELECT key FROM rate_limits');
    expect(rows).toEqual([{ key: `chat:3/${HOUR}:open` }]);
    await nodes.database.drop();
    await nodes.windows.clear();
  });
});
