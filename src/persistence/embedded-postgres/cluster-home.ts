import { accessSync, constants, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error.js';

/** The folder everything of one embedded server lives in, and the names inside it. */
export interface ClusterHome {
  readonly path: string;
  /** PostgreSQL's data directory; exists only once initdb has finished. */
  readonly cluster: string;
  readonly password: string;
  readonly serverLog: string;
}

/**
 * Makes `dataDir` where missing and resolves its links, so that it compares equal to what the
 * operating system reports about a running server.
 */
export function openClusterHome(dataDir: string): ClusterHome {
  const wanted = resolve(dataDir);
  try {
    // Root's server runs as another account, which has to pass through; nobody else ever does.
    mkdirSync(wanted, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot use ${wanted} for the embedded PostgreSQL (${errorCode(error) ?? 'unknown error'}). ` +
        'Make it writable for the account Causerie runs as, or choose another DATA_DIR.',
    );
  }
  const path = realpathSync(wanted);
  return {
    path,
    cluster: join(path, 'cluster'),
    password: join(path, 'password'),
    serverLog: join(path, 'server.log'),
  };
}

/** Major version of the cluster in `home`; undefined where there is none yet. Never mistakes foreign files for one. */
export function clusterMajor(home: ClusterHome): number | undefined {
  if (statSync(home.cluster, { throwIfNoEntry: false }) === undefined) return undefined;
  assertOwnAccount(home);
  try {
    return Number.parseInt(readFileSync(join(home.cluster, 'PG_VERSION'), 'utf8'), 10);
  } catch {
    throw new EmbeddedPostgresError(
      `${home.cluster} is not a PostgreSQL cluster (it has no readable PG_VERSION). ` +
        'Move it away, and a new one is made at the next start.',
    );
  }
}

export function assertSameMajor(home: ClusterHome, found: number, shipped: number): void {
  if (found === shipped) return;
  throw new EmbeddedPostgresError(
    `The database in ${home.cluster} was made by PostgreSQL ${found}, but this Causerie ships PostgreSQL ${shipped}, ` +
      `which cannot read it. Run PostgreSQL ${found} on it and move the data with pg_dump, ` +
      `or go back to the Causerie release that made it. To start empty, move ${home.path} away.`,
  );
}

function assertOwnAccount(home: ClusterHome): void {
  const me = process.getuid?.();
  const owner = statSync(home.cluster).uid;
  if (me === undefined || me === 0 || owner === me) return;
  throw new EmbeddedPostgresError(
    `${home.cluster} belongs to uid ${owner}, but Causerie runs as uid ${me}. ` +
      `Run it as the account that made the database, or give it over: chown -R ${me} ${home.path}`,
  );
}
