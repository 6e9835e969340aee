import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../../dist/src/persistence/embedded-postgres/embedded-postgres.js';

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

/** One real PostgreSQL for all suites; each makes its own database in it. */
export default async function globalSetup() {
  const dataDir = mkdtempSync(join(folder(), 'causerie-test-'));
  const postgres = await EmbeddedPostgres.start({
    dataDir: join(dataDir, 'postgres'),
    // Suites that pull the plug start a cluster of their own, with everything on.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  process.env.CAUSERIE_TEST_POSTGRES = postgres.url;
  globalThis.testPostgres = { postgres, dataDir };
}
