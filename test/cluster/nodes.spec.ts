import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { clientsOf } from '../support/clients.js';
import { describeWithRedis } from '../support/redis-server.js';
import { integerIn } from '../support/seeded-random.js';
import { startCluster, underLoad } from './support/cluster.js';
import { pauseNode } from './support/faults.js';
import { pausedScene } from './support/paused-scene.js';

const SHORT_PAUSES = 8;
const LONG_PAUSE_MS = 20_000;

const after = cleanups();

describeWithRedis('two nodes under load', () => {
  it('lose nothing where one is killed, both are replaced in turn, or one stands still', async () => {
    const cluster = await startCluster(after);
    const { seed, nodes, random } = cluster;
    const [first, second] = nodes;
    const { acked, redeliveries } = await underLoad(after, cluster, async (traffic) => {
      await first.end('SIGKILL');
      await traffic.acks(100);
      await first.restart();
      await traffic.acks(50);
      for (const node of nodes) {
        await node.end('SIGTERM');
        await traffic.acks(20);
        await node.restart();
        await traffic.acks(50);
      }
      for (const _ of range(1, SHORT_PAUSES)) {
        await pauseNode(cluster, integerIn(random, 100, 3_000));
        await traffic.acks(20);
      }
      expect(second.isRunning).toBe(true);
    });
    process.stdout.write(
      `1 node killed, 2 drained, ${SHORT_PAUSES} pauses: ${acked} acked, 0 lost\n`,
    );
    expect({ seed, redeliveries }).toEqual({ seed, redeliveries: 0 });
  }, 240_000);

  it('do not wait for one that is paused, which tells those who were put out nothing more', async () => {
    const cluster = await startCluster(after);
    const { seed, nodes } = cluster;
    const [here, there] = nodes;
    const clients = nodes.map(({ url }) => clientsOf(url));
    after.add(() => clients.forEach((opened) => opened.close()));
    const { acked, redeliveries } = await underLoad(after, cluster, async (traffic) => {
      const scene = await pausedScene(here, clients);
      there.signal('SIGSTOP');
      const goingOn = delay(LONG_PAUSE_MS);
      scene.queueRequests();
      await scene.putOut();
      const last = await scene.say('after the answer', 20);
      await traffic.acks(50);
      await goingOn;
      there.signal('SIGCONT');
      await scene.expectAllHeard(last);
      await scene.expectNothingFor();
      await scene.remove();
    });
    process.stdout.write(`a pause of ${LONG_PAUSE_MS} ms: ${acked} acked, 0 lost\n`);
    expect({ seed, redeliveries }).toEqual({ seed, redeliveries: 0 });
  }, 240_000);
});
