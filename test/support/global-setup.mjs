import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../dist/src/persistence/embedded-postgres/embedded-postgres.js';
import { migrateDatabase } from '../../dist/src/persistence/migrate.js';

/** What the cluster may come to, its log included. */
const ROOM_BYTES = 2 ** 31;

/** In memory where there is room: each suite has a database made, which takes a disk much longer. */
function folder() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > ROOM_BYTES) return '/dev/shm';
  } catch {
    // Linux alone has it.
  }
  return tmpdir();
}

/** What the suites' databases are copies of. */
async function makeTemplate(server) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query('CREATE DATABASE migrated');
  await client.end();
  await migrateDatabase(Object.assign(new URL(server), { pathname: '/migrated' }).href);
}

/** One real PostgreSQL for all suites; each makes its own database in it. */
export default async function globalSetup() {
  const dataDir = mkdtempSync(join(folder(), 'causerie-test-'));
  const postgres = await EmbeddedPostgres.start({
    dataDir: join(dataDir, 'postgres'),
    // Suites that pull the plug start a cluster of their own, with everything on.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  await makeTemplate(postgres.url);
  process.env.CAUSERIE_TEST_POSTGRES = postgres.url;
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
