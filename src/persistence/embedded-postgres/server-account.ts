import { chownSync, lchownSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { EmbeddedPostgresError } from './embedded-postgres.error.js';

/** Whom the server runs as when the service itself is root, which PostgreSQL refuses to be. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to drop to; undefined when the service is not root. An existing cluster keeps its
 * owner, so that one `sudo npm start` does not lock the ordinary user out of his own database.
 */
export function accountForServer(cluster: string): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = statSync(cluster, { throwIfNoEntry: false });
  if (found !== undefined && found.uid !== 0) return { uid: found.uid, gid: found.gid };
  const account = lookUp('postgres') ?? lookUp('nobody');
  if (account === undefined) {
    throw new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody". ' +
        'Run Causerie as an ordinary user, or set DATABASE_URL.',
    );
  }
  if (found !== undefined) chownTree(cluster, account);
  return account;
}

/** Whether `account` may pass through every folder above `path` and has `bits` (rwx, 0 to 7) on it. */
export function mayReach(path: string, account: ServerAccount, bits: number): boolean {
  const stat = statSync(path);
  const shift = stat.uid === account.uid ? 6 : stat.gid === account.gid ? 3 : 0;
  if (((stat.mode >> shift) & bits) !== bits) return false;
  const parent = dirname(path);
  return parent === path || mayReach(parent, account, 1);
}

function lookUp(name: string): ServerAccount | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  // macOS writes nobody as -2.
  return uid && gid ? { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 } : undefined;
}

function chownTree(path: string, { uid, gid }: ServerAccount): void {
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
  }
  chownSync(path, uid, gid);
}
