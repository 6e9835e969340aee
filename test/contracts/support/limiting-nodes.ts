import { DataSource } from 'typeorm';
import { redisAddress } from '../../../src/config/redis-address.js';
import type { Rate, SendLimiter } from '../../../src/core/ports/send-limiter.js';
import { dataSourceOptions } from '../../../src/persistence/data-source.js';
import { findFreePort } from '../../../src/persistence/embedded-postgres/free-port.js';
import { DatabaseWindows } from '../../../src/rate-limit/database-windows.js';
import { MemorySendLimiter } from '../../../src/rate-limit/memory-send-limiter.js';
import { RedisSendLimiter } from '../../../src/rate-limit/redis-send-limiter.js';
import { RedisLink } from '../../../src/redis/redis-link.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { RedisServer } from '../../support/redis-server.js';

export const PREFIX = 'limited';

export type Rates = Readonly<Record<string, readonly Rate[]>>;

/** Two nodes of a service; where there is but one, it is both. */
export interface LimitingNodes {
  readonly one: SendLimiter;
  readonly two: SendLimiter;
  close(): Promise<void>;
}

export interface SharingNodes extends LimitingNodes {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  /** Of the first node. */
  readonly windows: DatabaseWindows;
  /** Resolves once both nodes know that Redis is there, or is not. */
  untilRedisIs(isUp: boolean): Promise<void>;
}

export function startLoneNode(rates: Rates): Promise<LimitingNodes> {
  const limiter = new MemorySendLimiter(rates);
  return Promise.resolve({ one: limiter, two: limiter, close: () => Promise.resolve() });
}

/** Of a Redis that stands alone, or that is a Cluster of one. */
export async function startSharingNodes(
  rates: Rates,
  { isCluster = false } = {},
): Promise<SharingNodes> {
  const redis = isCluster ? await startCluster() : await RedisServer.start();
  const url = isCluster ? redis.url.replace(/^redis:(.*)\/0$/, 'redis+cluster:$1') : redis.url;
  const database = await createDatabase();
  const nodes = [
    await startNode(url, database, rates),
    await startNode(url, database, rates),
  ] as const;
  const [{ limiter: one, windows }, { limiter: two }] = nodes;
  return {
    one,
    two,
    redis,
    database,
    windows,
    untilRedisIs: async (isUp) => {
      for (const { link } of nodes) await until(link, isUp);
    },
    close: async () => {
      for (const node of nodes) await node.close();
      await redis.remove();
      await database.drop();
    },
  };
}

async function startCluster(): Promise<RedisServer> {
  // By default ten thousand above the other, which not every port has.
  const busPort = ['--cluster-port', String(await findFreePort())];
  const redis = await RedisServer.start(['--cluster-enabled', 'yes', ...busPort]);
  await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await redis.command('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  return redis;
}

async function startNode(url: string, database: TestDatabase, rates: Rates) {
  const address = redisAddress(url);
  if (!address) throw new Error('No address of Redis');
  const link = new RedisLink(address);
  await link.settled();
  const dataSource = await new DataSource(dataSourceOptions(database.url, 4)).initialize();
  const windows = new DatabaseWindows(dataSource);
  const limiter = new RedisSendLimiter(rates, { link, prefix: PREFIX, database: windows });
  return {
    link,
    windows,
    limiter,
    close: async () => {
      limiter.onApplicationShutdown();
      link.onApplicationShutdown();
      await dataSource.destroy();
    },
  };
}

const until = (link: RedisLink, isUp: boolean): Promise<void> =>
  new Promise((resolve) => {
    if (link.isUp === isUp) resolve();
    link.onChange((now) => {
      if (now === isUp) resolve();
    });
  });
