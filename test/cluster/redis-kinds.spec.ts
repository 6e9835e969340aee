import { expect, it } from 'vitest';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { describeWithRedis } from '../support/redis-server.js';
import { seededRandom } from '../support/seeded-random.js';
import {
  chatOf,
  chatter,
  clientOf,
  close,
  crowdIn,
  DEGRADED,
  expectOneOrder,
  expectTypingHeard,
  READY,
  untilReadinessIs,
  type Crowd,
} from './support/crowd.js';
import { end, victimOf } from './support/endings.js';
import { startRedisCluster, startSentinel } from './support/redis-kinds.js';

const { seed } = seededRandom();

const after = cleanups();

async function nodesOver(url: string): Promise<TestNodes> {
  const service = await startNodes({ REDIS_URL: url });
  after.add(() => service.stop());
  await untilReadinessIs(service.nodes, READY);
  return service;
}

/** Messages and typing both ways, and a ban. */
async function expectWhole(service: TestNodes, crowd: Crowd, text: string): Promise<void> {
  await chatter(crowd, text, 1);
  await expectOneOrder(seed, service, crowd);
  await expectTypingHeard(crowd);
  const [here, there] = service.nodes;
  const victim = await victimOf(there, here, crowd);
  await end(here, crowd, victim.user, 'ban');
  await chatOf(crowd.writers[1]).say(crowd.id, `${text}: after the answer`);
  await victim.settled('ban');
  const late = victim.speakers.flatMap(({ messages }) =>
    messages.filter((message) => message.text.includes('after the answer')),
  );
  expect(late).toEqual([]);
  for (const speaker of victim.speakers) speaker.close();
}

/** So many that each master has channels: what a client library makes of none is not the question. */
async function joinOthers({ nodes }: TestNodes, { alice, writers }: Crowd): Promise<void> {
  for (const _ of range(1, 16)) {
    const id = await nodes[0].conversation([alice]);
    for (const speakers of writers) await clientOf(speakers).join(id);
  }
}

describeWithRedis('two nodes over a Redis Cluster', () => {
  it('are one service, also where a master goes away and comes back', async () => {
    const redis = await startRedisCluster(after);
    const service = await nodesOver(redis.url);
    const crowd = await crowdIn(service);
    await expectWhole(service, crowd, 'at first');
    for (const master of redis.masters.slice(0, 2)) {
      await master.down();
      await untilReadinessIs(service.nodes, DEGRADED);
      await chatter(crowd, 'without it', 1);
      await expectOneOrder(seed, service, crowd);
      await master.up();
      await redis.settled();
      await untilReadinessIs(service.nodes, READY);
      await expectWhole(service, crowd, 'with it');
    }
    close(crowd);
  }, 120_000);

  it('hear each other where the slot of a channel is moved, and subscriptions are killed', async () => {
    const redis = await startRedisCluster(after);
    const service = await nodesOver(redis.url);
    const crowd = await crowdIn(service);
    await joinOthers(service, crowd);
    await expectWhole(service, crowd, 'at first');
    for (const channel of [`causerie:c:${crowd.id}`, 'causerie:c:all']) {
      await redis.move(channel);
      await redis.settled();
      await expectWhole(service, crowd, `as ${channel} is moved`);
    }
    for (const master of redis.masters) await master.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expectWhole(service, crowd, 'after the killing');
    close(crowd);
  }, 120_000);
});

describeWithRedis('two nodes over a Redis that Sentinel looks after', () => {
  it('are one service, whichever server is the master', async () => {
    const sentinel = await startSentinel(after);
    const service = await nodesOver(sentinel.url);
    const crowd = await crowdIn(service);
    await expectWhole(service, crowd, 'at first');
    await sentinel.failOver();
    await chatter(crowd, 'meanwhile', 2);
    await untilReadinessIs(service.nodes, READY);
    await expectWhole(service, crowd, 'after a failover');
    // And where the new one dies.
    await sentinel.servers[1].down();
    await untilReadinessIs(service.nodes, DEGRADED);
    await chatter(crowd, 'as it dies', 2);
    await untilReadinessIs(service.nodes, READY);
    await expectWhole(service, crowd, 'after its death');
    close(crowd);
  }, 180_000);
});
