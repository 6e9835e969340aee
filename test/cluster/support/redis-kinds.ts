import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findFreePort } from '../../../src/persistence/embedded-postgres/free-port.js';
import { until } from '../../persistence/support/memberships.js';
import type { Cleanups } from '../../support/cleanups.js';
import { RedisServer } from '../../support/redis-server.js';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
const MASTERS = 3;
export const MASTER_NAME = 'the-master';

export interface RedisCluster {
  readonly url: string;
  readonly masters: readonly RedisServer[];
  /** All say that every slot is served. */
  settled(): Promise<void>;
  /** Hands the slot of that channel on to the next master. */
  move(channel: string): Promise<void>;
}

export async function startRedisCluster(after: Cleanups): Promise<RedisCluster> {
  const masters: RedisServer[] = [];
  const busPorts: number[] = [];
  while (masters.length < MASTERS) {
    const busPort = await findFreePort();
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
    const master = await RedisServer.start([...settings, '--cluster-node-timeout', '1000']);
    after.add(() => master.remove());
    busPorts.push(busPort);
    masters.push(master);
  }
  for (const [index, master] of masters.entries()) {
    const from = Math.ceil((index * SLOTS) / MASTERS);
    const to = Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1;
    await master.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    const [first] = masters;
    if (index === 0 || !first) continue;
    const address = [HOST, String(master.port), String(busPorts[index])];
    await first.command('CLUSTER', 'MEET', ...address);
  }
  const isWhole = async (master: RedisServer) => {
    const info = String(await master.command('CLUSTER', 'INFO'));
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${MASTERS}`);
  };
  const settled = () =>
    until('the Redis Cluster', async () =>
      (await Promise.all(masters.map(isWhole))).every(Boolean),
    );
  await settled();
  return {
    url: `redis+cluster://${masters.map(({ port }) => `${HOST}:${port}`).join(',')}`,
    masters,
    settled,
    move: async (channel) => {
      const slot = Number(await masters[0]?.command('CLUSTER', 'KEYSLOT', channel));
      const owner = Math.floor((slot * MASTERS) / SLOTS);
      const next = masters[(owner + 1) % MASTERS];
      const id = String(await next?.command('CLUSTER', 'MYID'));
      // The new owner first, so that there always is one.
      for (const master of [next, ...masters.filter((other) => other !== next)]) {
        await master?.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', id);
      }
    },
  };
}

export interface Sentinel {
  readonly url: string;
  readonly servers: readonly [master: RedisServer, replica: RedisServer];
  /** Once: resolves when the replica is the master, and the master its replica. */
  failOver(): Promise<void>;
}

const isFollowing = async (replica: RedisServer): Promise<boolean> =>
  String(await replica.command('INFO', 'replication')).includes('master_link_status:up');

/** One master, one replica, and one Sentinel that looks after them. */
export async function startSentinel(after: Cleanups): Promise<Sentinel> {
  const master = await RedisServer.start();
  after.add(() => master.remove());
  const replica = await RedisServer.start(['--replicaof', HOST, String(master.port)]);
  after.add(() => replica.remove());
  await until('the replica', () => isFollowing(replica));
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'causerie-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      ...[`port ${port}`, `bind ${HOST}`, `dir ${folder}`],
      `sentinel monitor ${MASTER_NAME} ${HOST} ${master.port} 1`,
      `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
      // The next failover may begin after twice that.
      `sentinel failover-timeout ${MASTER_NAME} 2000`,
    ].join('\n'),
  );
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  after.add(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const ask = async (...words: string[]): Promise<unknown> => {
    const client = new Redis(port, HOST, { retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      return await client.call('SENTINEL', ...words);
    } finally {
      client.disconnect();
    }
  };
  const knowsReplica = async () => {
    const replicas = await ask('REPLICAS', MASTER_NAME).catch(() => null);
    return JSON.stringify(replicas).includes(String(replica.port));
  };
  await until('the Sentinel', knowsReplica);
  const masterPort = async () =>
    String(((await ask('GET-MASTER-ADDR-BY-NAME', MASTER_NAME)) as string[])[1]);
  return {
    url: `redis+sentinel://${HOST}:${port}/${MASTER_NAME}`,
    servers: [master, replica],
    failOver: async () => {
      const before = await masterPort();
      // The replica may not be found good enough yet.
      await until('the failover to begin', () =>
        ask('FAILOVER', MASTER_NAME).then(
          () => true,
          () => false,
        ),
      );
      await until('another master', async () => (await masterPort()) !== before);
      // Sentinel takes its time to tell the old one.
      await master.command('REPLICAOF', HOST, String(replica.port));
      await until('the old one to follow', () => isFollowing(master));
    },
  };
}
