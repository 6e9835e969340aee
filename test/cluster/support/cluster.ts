import { expect } from 'vitest';
import type { Cleanups } from '../../support/cleanups.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { seededRandom, type Random } from '../../support/seeded-random.js';
import { Service } from '../../support/service.js';
import { Traffic } from '../../support/traffic.js';

/** Two processes that are one service, with a Redis and a PostgreSQL of their own. */
export interface Cluster {
  readonly seed: number;
  readonly random: Random;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly nodes: readonly [Service, Service];
}

export const UNLIMITED = {
  RATE_LIMIT_CONNECTIONS: 'off',
  RATE_LIMIT_EVENTS: 'off',
  RATE_LIMIT_REST: 'off',
  DRAIN_DELAY_MS: '0',
};

export async function startCluster(after: Cleanups): Promise<Cluster> {
  const postgres = await PostgresServer.start();
  after.add(() => postgres.remove());
  const redis = await RedisServer.start();
  after.add(() => redis.remove());
  const start = async () => {
    const node = await Service.start({
      ...{ ...UNLIMITED, DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    });
    after.add(() => node.remove());
    return node;
  };
  // At once: also the first start of all, on an empty database.
  const nodes = await Promise.all([start(), start()] as const);
  return { ...seededRandom(), postgres, redis, nodes };
}

/** What is left of all this must add up. */
export interface Books {
  readonly acked: number;
  readonly redeliveries: number;
}

/** Plays while clients of both nodes chat; then everything must have come, once, in order. */
export async function underLoad(
  after: Cleanups,
  { random, nodes, postgres }: Cluster,
  play: (traffic: Traffic) => Promise<void>,
): Promise<Books> {
  let books: Books = { acked: 0, redeliveries: 0 };
  const [first, second] = nodes;
  await first.watch(() =>
    second.watch(async () => {
      const options = { random, writers: 4, readers: 4, conversations: 3, window: 3, restMs: 50 };
      const traffic = await Traffic.begin(nodes, options);
      after.add(() => traffic.close());
      const { ledger, readers } = traffic;
      traffic.start();
      await traffic.acks(50);
      await play(traffic);
      await traffic.acks(50);
      await traffic.settle();
      expect(await ledger.audit(postgres.query, readers)).toEqual([]);
      expect([...ledger.failures.keys()].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
      for (const node of nodes) expect(node.isRunning).toBe(true);
      expect(nodes.flatMap(({ log }) => log).join('')).not.toMatch(/unhandled|"code":"INTERNAL"/i);
      books = { acked: ledger.ackCount, redeliveries: traffic.redeliveries };
    }),
  );
  return books;
}
