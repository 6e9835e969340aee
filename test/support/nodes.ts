import { setTimeout as delay } from 'node:timers/promises';
import type { AuthOptions } from '../../src/auth/auth.options.js';
import { Nodes } from '../../src/core/ports/nodes.js';
import { startNode, type TestApp } from './app.js';
import { createDatabase, type TestDatabase } from './database.js';
import { RedisServer } from './redis-server.js';

const LOOK_EVERY_MS = 10;

/** Two nodes of one service, with a Redis and a database of their own. */
export interface TestNodes {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  readonly nodes: readonly [TestApp, TestApp];
  stop(): Promise<void>;
}

export async function startNodes(
  variables: Record<string, string> = {},
  auth?: AuthOptions,
): Promise<TestNodes> {
  const redis = await RedisServer.start();
  const database = await createDatabase();
  const node = () => startNode({ REDIS_URL: redis.url, ...variables }, auth, database);
  const nodes = [await node(), await node()] as const;
  // The first hears of the second by its next round.
  for (const app of nodes) {
    while (app.get(Nodes).living.size < nodes.length) await delay(LOOK_EVERY_MS);
  }
  return {
    redis,
    database,
    nodes,
    stop: async () => {
      for (const app of nodes) await app.stop();
      await redis.remove();
      await database.drop();
    },
  };
}
