import { expect, it } from 'vitest';
import { redisAddress } from '../../src/config/redis-address.js';
import { EVERYBODY, RedisChannels, type Channel } from '../../src/realtime/redis-channels.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { startRedisCluster } from '../cluster/support/redis-kinds.js';
import { until } from '../persistence/support/memberships.js';
import { cleanups } from '../support/cleanups.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const after = cleanups();

async function nodeOver(url: string) {
  const address = redisAddress(url);
  if (!address) throw new Error(`No address: ${url}`);
  const link = new RedisLink(address);
  after.add(() => link.onApplicationShutdown());
  await link.settled();
  const channels = new RedisChannels(link, 'test', 'a');
  const heard: Channel[] = [];
  channels.onHearing((channelsHeard) => heard.push(...channelsHeard));
  return { link, channels, heard };
}

const nameOf = (channel: Channel) => `test:c:${channel}`;

async function subscriptionsOf(redis: RedisServer): Promise<string[]> {
  return ((await redis.command('PUBSUB', 'SHARDCHANNELS')) as string[]).sort();
}

async function untilSubscribed(redis: RedisServer, ...channels: Channel[]): Promise<void> {
  const names = channels.map(nameOf).sort();
  const isSo = async () => String(await subscriptionsOf(redis)) === String(names);
  await until(`${String(names)} to be subscribed`, isSo);
}

/** Of the connection of that name. */
async function cut(redis: RedisServer, name: string): Promise<void> {
  const list = String(await redis.command('CLIENT', 'LIST'));
  const line = list.split('\n').find((each) => each.includes(` name=${name} `)) ?? '';
  await redis.command('CLIENT', 'KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '');
}

describeWithRedis('the channels that a node listens to', () => {
  const start = async () => {
    const redis = await RedisServer.start();
    after.add(() => redis.remove());
    const node = await nodeOver(redis.url);
    node.channels.listen(1);
    node.channels.listen(2);
    await untilSubscribed(redis, EVERYBODY, 1, 2);
    return { redis, ...node };
  };

  it.each(['causerie', 'causerie-subscriber'])(
    'are left, and not others, where the connection %s is lost meanwhile',
    async (name) => {
      const { redis, link, channels } = await start();
      const back = new Promise<void>((resolve) => {
        link.onChange((isUp) => {
          if (isUp) resolve();
          else channels.ignore(1);
        });
      });
      await cut(redis, name);
      await back;
      await untilSubscribed(redis, EVERYBODY, 2);
    },
  );

  it('are left as soon as Redis lets them', async () => {
    const { redis, channels } = await start();
    await redis.command('ACL', 'SETUSER', 'default', '-sunsubscribe');
    channels.ignore(1);
    await until('the refusal', async () =>
      String(await redis.command('ACL', 'LOG')).includes('sunsubscribe'),
    );
    await redis.command('ACL', 'SETUSER', 'default', '+sunsubscribe');
    await untilSubscribed(redis, EVERYBODY, 2);
  });

  it('stay, where one is left and listened to again at once', async () => {
    const { redis, channels } = await start();
    for (let round = 0; round < 50; round += 1) {
      channels.ignore(1);
      if (round % 2 === 0) await new Promise(setImmediate);
      channels.listen(1);
    }
    channels.ignore(2);
    await untilSubscribed(redis, EVERYBODY, 1);
  });

  it('are listened to again in a Cluster that cuts them off, and Redis is not taken for away', async () => {
    const redis = await startRedisCluster(after);
    const { link, channels, heard } = await nodeOver(redis.url);
    channels.listen(1);
    await until('them to be heard', () => heard.includes(1) && heard.includes(EVERYBODY));
    await until('the Cluster to be whole', () => link.isUp);
    const turns: boolean[] = [];
    link.onChange((isUp) => turns.push(isUp));
    heard.length = 0;
    for (const master of redis.masters) await master.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('them to be heard again', () => heard.includes(1) && heard.includes(EVERYBODY));
    expect(turns).toEqual([]);
  });
});
