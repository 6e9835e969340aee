import { expect, it } from 'vitest';
import { cleanups } from '../support/cleanups.js';
import { describeWithRedis } from '../support/redis-server.js';
import type { Traffic } from '../support/traffic.js';
import { startCluster, underLoad, type Cluster } from './support/cluster.js';
import { READY, untilAway, untilReadinessIs } from './support/crowd.js';
import { terminate } from './support/faults.js';

const after = cleanups();

/** What each of these does to it, and how it is undone. */
const ABSENCES = {
  paused: [
    ({ postgres }: Cluster) => postgres.pause(),
    ({ postgres }: Cluster) => postgres.resume(),
  ],
  'restarted, fast': [
    ({ postgres }: Cluster) => postgres.down('fast'),
    ({ postgres }: Cluster) => postgres.up(),
  ],
  'restarted, immediate': [
    ({ postgres }: Cluster) => postgres.down('immediate'),
    ({ postgres }: Cluster) => postgres.up(),
  ],
} as const;

/** Backends of each kind, first one and then all of them; returns how many. */
async function terminateAll(cluster: Cluster, traffic: Traffic): Promise<number> {
  const kinds = await cluster.postgres.query(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE application_name LIKE 'causerie%'`,
  );
  let ended = 0;
  for (const name of kinds.map((row) => String(row.name))) {
    ended += await terminate(cluster, name, 'one');
    await traffic.acks(5);
    ended += await terminate(cluster, name);
    await traffic.acks(5);
  }
  return ended;
}

describeWithRedis('while PostgreSQL is away from two nodes under load', () => {
  it('nobody is told a success that is none, and all goes on as it is back', async () => {
    const cluster = await startCluster(after);
    const { nodes, seed } = cluster;
    let ended = 0;
    const { acked, redeliveries } = await underLoad(after, cluster, async (traffic) => {
      const { ledger } = traffic;
      const refusals = () => ledger.failures.get('UNAVAILABLE') ?? 0;
      for (const [how, [begin, end]] of Object.entries(ABSENCES)) {
        const before = refusals();
        await begin(cluster);
        await untilAway(nodes);
        await ledger.until(`refusals while it is ${how}`, () => refusals() > before);
        await end(cluster);
        await untilReadinessIs(nodes, READY);
        await traffic.acks(60);
      }
      ended = await terminateAll(cluster, traffic);
      await untilReadinessIs(nodes, READY);
    });
    process.stdout.write(
      `PostgreSQL away three times, ${ended} backends terminated: ${acked} acked, 0 lost\n`,
    );
    expect({ seed, redeliveries }).toEqual({ seed, redeliveries: 0 });
    expect(ended).toBeGreaterThan(5);
  }, 240_000);
});
