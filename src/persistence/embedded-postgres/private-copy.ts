import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';

import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { mayReach, type ServerAccount } from './server-account.js';

const COMPLETE = 0o755;

/**
 * A copy of the binaries for an account that cannot read node_modules, as when root's checkout
 * lies under /root. Kept between starts and checked each time, because temporary folders are
 * swept. Only a folder of our own account counts: anybody may write into a temporary folder.
 */
export function usablePrivateCopy(
  native: string,
  version: string,
  account: ServerAccount | undefined,
  finish: (folder: string) => boolean,
): string {
  const wanted = filesToCopy(native);
  const prefix = `causerie-postgres-${version}-`;
  const places = temporaryFolders(account);
  for (const place of places) {
    const kept = readdirSync(place)
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(place, name))
      .find((folder) => isOurs(folder) && isComplete(folder, native, wanted));
    if (kept !== undefined) return join(kept, 'native');
  }
  const [place] = places;
  if (place === undefined) {
    throw new EmbeddedPostgresError(
      `${native} cannot be read by the account PostgreSQL would run as, and there is no temporary ` +
        'folder to copy it to. Install Causerie where every user may read it, or set DATABASE_URL.',
    );
  }
  return makeCopy(native, mkdtempSync(join(place, prefix)), wanted, finish);
}

/** Half-made copies keep mkdtemp's mode 0700; the last step makes one public and thereby complete. */
function makeCopy(
  native: string,
  folder: string,
  wanted: readonly string[],
  finish: (folder: string) => boolean,
): string {
  const copy = join(folder, 'native');
  try {
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    finish(copy);
    for (const file of wanted)
      chmodSync(join(copy, file), statSync(join(native, file)).mode | 0o444);
    openFolders(copy);
    chmodSync(folder, COMPLETE);
    return copy;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function openFolders(copy: string): void {
  chmodSync(copy, COMPLETE);
  for (const entry of readdirSync(copy, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || entry.parentPath.endsWith('bin')) chmodSync(path, COMPLETE);
  }
}

function temporaryFolders(account: ServerAccount | undefined): string[] {
  const candidates = new Set([tmpdir(), '/tmp', '/var/tmp'].filter((path) => existsSync(path)));
  return [...candidates]
    .map((path) => realpathSync(path))
    .filter((path) => account === undefined || mayReach(path, account, 1))
    .filter((path) => !isOpenToReplacement(path));
}

/** A folder everyone may write to without the sticky bit lets anyone swap our copy for his own. */
function isOpenToReplacement(path: string): boolean {
  const { mode } = statSync(path);
  return (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
}

function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o777) === COMPLETE;
}

function isComplete(folder: string, native: string, wanted: readonly string[]): boolean {
  return wanted.every((file) => {
    const copied = statSync(join(folder, 'native', file), { throwIfNoEntry: false });
    return copied?.size === statSync(join(native, file)).size;
  });
}

function filesToCopy(native: string): string[] {
  return readdirSync(native, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isNeeded(path) && !path.includes('/pgxs/') && !path.includes('/pkgconfig/'))
    .map((path) => path.slice(native.length + 1));
}

/** Static libraries and build files are for those who compile extensions. */
function isNeeded(path: string): boolean {
  return extname(path) !== '.a' && !['pgxs', 'pkgconfig'].includes(basename(path));
}
