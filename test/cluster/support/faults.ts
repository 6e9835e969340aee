import { setTimeout as delay } from 'node:timers/promises';
import { integerIn } from '../../support/seeded-random.js';
import type { Cluster } from './cluster.js';

type Fault = (cluster: Cluster) => unknown;

/** Ends backends of the service whose name begins so: all, or one. */
export const terminate = async (
  { postgres }: Cluster,
  name: string,
  count: 'all' | 'one' = 'all',
): Promise<number> => {
  const ended = await postgres.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity
       WHERE application_name LIKE $1 AND pid <> pg_backend_pid()
       ORDER BY random() ${count === 'one' ? 'LIMIT 1' : ''}
     ) AS backends`,
    [`${name}%`],
  );
  return ended.length;
};

const oneOf = ({ random, nodes }: Cluster) => nodes[integerIn(random, 0, 1) as 0 | 1];

export async function pauseNode(cluster: Cluster, forMs: number): Promise<void> {
  const node = oneOf(cluster);
  node.signal('SIGSTOP');
  // The pause is the fault itself, not a wait for something.
  await delay(forMs);
  node.signal('SIGCONT');
}

async function endNode(cluster: Cluster, signal: NodeJS.Signals): Promise<void> {
  const node = oneOf(cluster);
  await node.end(signal);
  await node.restart();
}

/** Everything that may happen to a service of two nodes. Each resolves when it is over. */
export const FAULTS = {
  'connections to Redis killed': ({ redis }) => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'),
  'subscriptions killed': ({ redis }) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'Redis flushed': ({ redis }) => redis.command('FLUSHALL'),
  'publications blocked': ({ redis, random }) =>
    redis.command('CLIENT', 'PAUSE', String(integerIn(random, 50, 2_500)), 'WRITE'),
  'Redis paused': async ({ redis, random }) => {
    redis.pause();
    await delay(integerIn(random, 50, 2_500));
    redis.resume();
  },
  'Redis killed': async ({ redis }) => {
    await redis.down();
    await redis.up();
  },
  'listening backends terminated': (cluster) => terminate(cluster, 'causerie node'),
  'journal backends terminated': (cluster) => terminate(cluster, 'causerie write_journal'),
  'backend terminated': (cluster) => terminate(cluster, 'causerie', 'one'),
  'backends terminated': (cluster) => terminate(cluster, 'causerie'),
  'PostgreSQL paused': async ({ postgres, random }) => {
    await postgres.pause();
    await delay(integerIn(random, 50, 1_500));
    postgres.resume();
    await postgres.answers();
  },
  'PostgreSQL restarted': async ({ postgres }) => {
    await postgres.down('fast');
    await postgres.up();
  },
  'PostgreSQL crashed': async ({ postgres }) => {
    await postgres.down('immediate');
    await postgres.up();
  },
  'node paused': (cluster) => pauseNode(cluster, integerIn(cluster.random, 100, 3_000)),
  'node killed': (cluster) => endNode(cluster, 'SIGKILL'),
  'node drained': (cluster) => endNode(cluster, 'SIGTERM'),
} satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;
