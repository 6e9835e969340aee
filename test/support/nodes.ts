import { startApp, type TestApp } from './app.js';
import { createDatabase, type TestDatabase } from './database.js';
import { RedisServer } from './redis-server.js';

/** Several nodes of one service, with a Redis and a database of their own. */
export interface TestNodes {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  readonly nodes: readonly [TestApp, TestApp, ...TestApp[]];
  stop(): Promise<void>;
}

export async function startNodes(variables: Record<string, string> = {}): Promise<TestNodes> {
  const redis = await RedisServer.start();
  const database = await createDatabase();
  const node = () => startApp({ REDIS_URL: redis.url, ...variables }, undefined, database);
  const nodes: [TestApp, TestApp] = [await node(), await node()];
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
