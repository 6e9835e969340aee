import { afterAll, beforeAll } from 'vitest';
import { describeWithRedis } from '../../support/redis-server.js';

/**
 * A suite once more, where whoever is beside each other is on different nodes: see `startApp`. Its
 * hooks are those of the block it is loaded in, so that one suite's nodes are gone before the next's.
 */
export function onTwoNodes(name: string, suite: () => Promise<unknown>): void {
  describeWithRedis(`${name}, on two nodes`, async () => {
    beforeAll(() => {
      process.env.TEST_NODES = '2';
    });
    afterAll(() => {
      delete process.env.TEST_NODES;
    });
    await suite();
  });
}
