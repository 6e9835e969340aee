import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageIn, range } from '../support/chat-shapes.js';
import { startNode } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { startNodes, type TestNodes } from '../support/nodes.js';
import { describeWithRedis, type RedisServer } from '../support/redis-server.js';
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
} from './support/crowd.js';
import { ENDINGS, end, victimOf } from './support/endings.js';

const { seed } = seededRandom();

const after = cleanups();
let service: TestNodes;
beforeEach(async () => void (service = await startNodes()));
afterEach(() => service.stop());

interface Absence {
  readonly begin: (redis: RedisServer) => unknown;
  readonly end: (redis: RedisServer) => unknown;
}

const ABSENCES: readonly (readonly [string, Absence])[] = [
  ['killed', { begin: (redis) => redis.down(), end: (redis) => redis.up() }],
  ['paused', { begin: (redis) => redis.pause(), end: (redis) => redis.resume() }],
];

describeWithRedis('while Redis is away', () => {
  it.each(ABSENCES)(
    'because it is %s, messages reach everybody once, in order',
    async (_, fault) => {
      const crowd = await crowdIn(service);
      await chatter(crowd, 'before');
      await fault.begin(service.redis);
      await chatter(crowd, 'as it goes');
      await untilReadinessIs(service.nodes, DEGRADED);
      await chatter(crowd, 'without it');
      // All of them, before it is back.
      expect(await expectOneOrder(seed, service, crowd)).toBe(60);
      await fault.end(service.redis);
      await chatter(crowd, 'as it comes');
      await untilReadinessIs(service.nodes, READY);
      await chatter(crowd, 'with it');
      await expectTypingHeard(crowd);
      expect(await expectOneOrder(seed, service, crowd)).toBe(100);
      close(crowd);
    },
    90_000,
  );

  it('edits, deletions, reactions, receipts and arrivals are told on the other node', async () => {
    const crowd = await crowdIn(service);
    const { id, writers, readers, admin } = crowd;
    await service.redis.down();
    await untilReadinessIs(service.nodes, DEGRADED);
    const [writer, reader] = [clientOf(writers[0]), clientOf(readers[1])];
    const messageId = messageIn(await writer.send(id, 'first')).id;
    await chatOf(readers[1]).hearsMessage(messageId);
    const isIt = (payload: Record<string, unknown>) =>
      JSON.stringify(payload).includes(`${messageId}`);
    await writer.expect('message:edit', { messageId, content: 'edited' });
    await reader.next('message:updated', isIt);
    await reader.expect('message:react', { messageId, emoji: '👍' });
    await writer.next('message:reaction', isIt);
    await reader.expect('message:read', { messageId });
    await writer.next('message:read:ack', isIt);
    await service.nodes[0].connect(admin);
    await reader.next('user:online', ({ username }) => username === admin.name);
    await writer.expect('message:delete', { messageId });
    await reader.next('message:deleted', isIt);
    close(crowd);
  }, 60_000);

  it.each(ENDINGS)(
    'a %s holds on the other node, in all dialects, before it is answered',
    async (ending) => {
      const crowd = await crowdIn(service);
      const [here, there] = service.nodes;
      await service.redis.down();
      await untilReadinessIs(service.nodes, DEGRADED);
      const victim = await victimOf(there, here, crowd);
      await end(here, crowd, victim.user, ending);
      const before = victim.speakers.map(({ log }) => log.length);
      const marker = await chatOf(crowd.writers[0]).say(crowd.id, 'said after the answer');
      await chatOf(crowd.writers[1]).say(crowd.id, 'said there after the answer');
      await chatOf(crowd.writers[1]).react(crowd.id, marker.id, '👍');
      await Promise.all(crowd.readers[1].map((reader) => reader.hearsMessage(marker.id)));
      await victim.settled(ending);
      const late = victim.speakers.flatMap(({ log, dialect }, n) =>
        log
          .slice(before[n])
          .filter(({ kind }) => kind === 'message' || kind === 'reaction')
          .map(({ wire }) => ({ dialect, wire })),
      );
      expect(late).toEqual([]);
      close(crowd);
    },
    60_000,
  );
});

describeWithRedis('what passes in Redis and is lost', () => {
  it.each<readonly [string, (redis: RedisServer) => Promise<unknown>]>([
    ['the data are flushed', (redis) => redis.command('FLUSHALL')],
    [
      'connections of commands are killed',
      (redis) => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'),
    ],
    [
      'connections of subscribers are killed',
      (redis) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    ],
  ])(
    'is read again where %s',
    async (_, fault) => {
      const crowd = await crowdIn(service);
      for (const n of range(1, 8)) {
        await Promise.all([chatter(crowd, `round ${n}`, 1), fault(service.redis)]);
      }
      await untilReadinessIs(service.nodes, READY);
      expect(await expectOneOrder(seed, service, crowd)).toBe(80);
      await expectTypingHeard(crowd);
      close(crowd);
    },
    60_000,
  );

  it('is read again although nobody says anything after it', async () => {
    const crowd = await crowdIn(service);
    await chatter(crowd, 'before', 1);
    await expectOneOrder(seed, service, crowd);
    // The call-out waits in Redis, and is forgotten with its connection; the reader's is whole.
    await service.redis.command('CLIENT', 'PAUSE', '100000', 'WRITE');
    await chatOf(crowd.writers[0]).say(crowd.id, 'the last');
    await killWaiting(service.redis);
    await service.redis.command('CLIENT', 'UNPAUSE');
    expect(await expectOneOrder(seed, service, crowd)).toBe(11);
    close(crowd);
  }, 60_000);

  it('is read again by a node that was deaf as it was called out', async () => {
    const crowd = await crowdIn(service);
    const list = String(await service.redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'));
    const ids = [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => Number(id));
    // The second node's, which came last: the first calls out as ever, and knows nothing of it.
    await service.redis.command('CLIENT', 'KILL', 'ID', String(Math.max(...ids)));
    await chatOf(crowd.writers[0]).say(crowd.id, 'the last');
    expect(await expectOneOrder(seed, service, crowd)).toBe(1);
    close(crowd);
  }, 60_000);
});

/** Those of which a command waits, as `CLIENT LIST` marks them; the others stay. */
async function killWaiting(redis: RedisServer): Promise<void> {
  const list = String(await redis.command('CLIENT', 'LIST'));
  const ids = [...list.matchAll(/^id=(\d+) .*\bname=causerie .*\bflags=b\b/gm)].map(([, id]) => id);
  expect(ids).toHaveLength(1);
  for (const id of ids) await redis.command('CLIENT', 'KILL', 'ID', id ?? '');
}

describe('a node that starts while Redis is away', () => {
  describeWithRedis('serves', () => {
    it('without it, and is whole when it comes', async () => {
      const crowd = await crowdIn(service);
      await service.redis.down();
      const late = await startNode({ REDIS_URL: service.redis.url }, undefined, service.database);
      after.add(() => late.stop());
      await untilReadinessIs([late], DEGRADED);
      const reader = await late.connect(crowd.alice);
      await reader.join(crowd.id);
      const said = await chatOf(crowd.writers[0]).say(crowd.id, 'without Redis');
      await reader.next('message:new', (event) => messageIn(event).id === said.id);
      await reader.send(crowd.id, 'from the late one');
      await service.redis.up();
      await untilReadinessIs([late, ...service.nodes], READY);
      await expect
        .poll(
          async () => {
            await chatOf(crowd.readers[0]).type(crowd.id, true);
            return reader.received('user:typing').length;
          },
          { timeout: 15_000, interval: 100 },
        )
        .toBeGreaterThan(0);
      expect(await expectOneOrder(seed, service, crowd)).toBe(2);
      close(crowd);
    }, 60_000);
  });
});
