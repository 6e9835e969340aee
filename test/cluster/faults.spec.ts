import { expect, it } from 'vitest';
import { cleanups } from '../support/cleanups.js';
import { describeWithRedis } from '../support/redis-server.js';
import { integerIn, type Random } from '../support/seeded-random.js';
import { startCluster, underLoad } from './support/cluster.js';
import { FAULTS, type FaultKind } from './support/faults.js';

const after = cleanups();

/** How many of each; what costs a start is rare. */
const PLAN: Readonly<Record<FaultKind, number>> = {
  'connections to Redis killed': 16,
  'subscriptions killed': 16,
  'Redis flushed': 8,
  'publications blocked': 8,
  'Redis paused': 6,
  'Redis killed': 6,
  'listening backends terminated': 12,
  'journal backends terminated': 6,
  'backend terminated': 16,
  'backends terminated': 4,
  'PostgreSQL paused': 4,
  'PostgreSQL restarted': 1,
  'PostgreSQL crashed': 1,
  'node paused': 6,
  'node killed': 2,
  'node drained': 2,
};

function shuffled(random: Random): FaultKind[] {
  const kinds = Object.entries(PLAN).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => kind as FaultKind),
  );
  for (let last = kinds.length - 1; last > 0; last--) {
    const other = integerIn(random, 0, last);
    [kinds[last], kinds[other]] = [kinds[other], kinds[last]] as [FaultKind, FaultKind];
  }
  return kinds;
}

describeWithRedis('two nodes under load', () => {
  it('lose, double and misplace nothing, whatever happens to them and what they stand on', async () => {
    const cluster = await startCluster(after);
    const { seed, random } = cluster;
    const injected = new Map<FaultKind, number>();
    const { acked, redeliveries } = await underLoad(after, cluster, async (traffic) => {
      for (const kind of shuffled(random)) {
        await FAULTS[kind](cluster);
        injected.set(kind, (injected.get(kind) ?? 0) + 1);
        await traffic.acks(integerIn(random, 1, 30)).catch((error: unknown) => {
          throw new Error(
            `Seed ${seed}, after ${kind}, of ${[...injected].join('; ')}: ${String(error)}`,
          );
        });
      }
    });
    const count = [...injected.values()].reduce((sum, n) => sum + n, 0);
    const kinds = [...injected].map(([kind, n]) => `${kind}: ${n}`).join(', ');
    // The books were compared with the database, and with what each reader was shown.
    process.stdout.write(
      `cluster faults: ${count} injected (${kinds}), ${acked} acked, 0 lost, ` +
        `${redeliveries} duplicates, 0 order violations\n`,
    );
    expect(count).toBeGreaterThanOrEqual(100);
    expect({ seed, redeliveries }).toEqual({ seed, redeliveries: 0 });
  }, 600_000);
});
