import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import type { ClusterHome } from './cluster-home.js';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error.js';

export interface ClusterSecret {
  /** Of the superuser, which only the launcher uses. */
  readonly superuser: string;
  /** Of the role in the service's URL. Derived, so that whoever sees that URL does not become superuser. */
  readonly service: string;
}

/** Reads the password file, making it for a cluster that is still to be initialised. */
export function openClusterSecret(home: ClusterHome): ClusterSecret {
  if (!existsSync(home.password)) {
    if (existsSync(home.cluster)) {
      throw new EmbeddedPostgresError(
        `${home.password} is missing: without it nobody can log in to the database beside it. Restore that file from a backup.`,
      );
    }
    createPasswordFile(home.password);
  }
  const superuser = readPassword(home.password);
  const service = createHmac('sha256', superuser).update('causerie').digest('base64url');
  return { superuser, service };
}

/** Appears complete or not at all, and the first of two simultaneous starts wins. */
function createPasswordFile(path: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readPassword(path: string): string {
  const password = readFileSync(path, 'utf8').trim();
  if (password !== '') return password;
  throw new EmbeddedPostgresError(`${path} is empty. Restore that file from a backup.`);
}
