import { describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.js';
import { cleanups } from '../support/cleanups.js';
import { queryOnce } from '../support/database.js';
import { PostgresServer } from '../support/postgres-server.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { Service } from '../support/service.js';
import { Traffic } from '../support/traffic.js';

const after = cleanups();

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-crash-'));
  after.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

async function startService(variables: Record<string, string>): Promise<Service> {
  const service = await Service.start(variables);
  after.add(() => service.remove());
  return service;
}

/** Kills the service at `kills` random moments under load, and lets the crowd settle in the end. */
async function killUnderLoad(service: Service, kills: number): Promise<Traffic> {
  const { random } = seededRandom();
  const traffic = await Traffic.begin(service, { random });
  after.add(() => traffic.close());
  traffic.start();
  for (let kill = 0; kill < kills; kill++) {
    await traffic.acks(integerIn(random, 1, 250));
    await service.end('SIGKILL');
    await service.restart();
  }
  await traffic.acks(100);
  await traffic.settle();
  return traffic;
}

describe('a service that is killed under load', () => {
  it('loses, doubles and reorders nothing in 20 deaths', async () => {
    const postgres = await PostgresServer.start();
    after.add(() => postgres.remove());
    const service = await startService({ DATABASE_URL: postgres.url });
    await service.watch(async () => {
      const traffic = await killUnderLoad(service, 20);
      expect(await traffic.ledger.audit(postgres.query, traffic.readers)).toEqual([]);
      expect(traffic.redeliveries).toBe(0);
      expect(Math.min(...traffic.readers.map(({ connections }) => connections))).toBeGreaterThan(1);
    });
  }, 240_000);

  it('finds its embedded database again each time, with everything in it', async () => {
    const dataDir = temporaryFolder();
    const service = await startService({ DATA_DIR: dataDir });
    let traffic: Traffic | undefined;
    await service.watch(async () => {
      traffic = await killUnderLoad(service, 3);
      await service.end('SIGTERM');
    });
    const postgres = await EmbeddedPostgres.start({ dataDir: join(dataDir, 'postgres') });
    after.add(() => postgres.stop());
    const problems = await traffic?.ledger.audit(
      (sql) => queryOnce(postgres.url, sql),
      traffic.readers,
    );
    expect(problems).toEqual([]);
    expect(traffic?.redeliveries).toBe(0);
  }, 120_000);
});
