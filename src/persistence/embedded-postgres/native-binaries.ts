import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { usablePrivateCopy } from './private-copy.js';
import { mayReach, type ServerAccount } from './server-account.js';

export interface NativeBinaries {
  /** Holds bin, lib and share; readable for the account the server runs as. */
  readonly folder: string;
  /** Of the npm package, for example 18.4.0-beta.17. */
  readonly version: string;
  readonly major: number;
}

interface SharedLibraryLink {
  /** Both relative to the package's root. */
  readonly source: string;
  readonly target: string;
}

/** Finds this platform's PostgreSQL and makes sure `account` can run it. */
export function locateBinaries(account: ServerAccount | undefined): NativeBinaries {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const native = join(root, 'native');
  const usable = linkSharedLibraries(native) && (account === undefined || mayRun(native, account));
  const folder = usable ? native : usablePrivateCopy(native, version, account, linkSharedLibraries);
  return { folder, version, major: Number.parseInt(version, 10) };
}

export function executable(binaries: NativeBinaries, name: 'initdb' | 'pg_ctl' | 'postgres') {
  return join(binaries.folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function packageRoot(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this installation (the package ${name} is missing: ` +
        'an unsupported platform, or npm was told to leave optional packages out). ' +
        'Set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
}

function mayRun(native: string, account: ServerAccount): boolean {
  // One file of each folder stands for all: npm writes them with one umask.
  return (
    mayReach(join(native, 'bin', 'postgres'), account, 5) &&
    mayReach(join(native, 'bin', 'initdb'), account, 5) &&
    mayReach(join(native, 'lib', 'postgresql'), account, 5) &&
    mayReach(join(native, 'share', 'postgresql', 'postgres.bki'), account, 4)
  );
}

/**
 * npm packages cannot carry symbolic links, so the package recreates those of its libraries in an
 * install script; `npm ci --ignore-scripts` leaves them out. False when they cannot be made here.
 */
function linkSharedLibraries(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  // Windows has no such links, and no list of them.
  if (!existsSync(list)) return true;
  try {
    for (const { source, target } of JSON.parse(
      readFileSync(list, 'utf8'),
    ) as SharedLibraryLink[]) {
      const link = join(dirname(native), target);
      if (lstatSync(link, { throwIfNoEntry: false })) continue;
      symlinkSync(basename(source), link);
    }
    return true;
  } catch {
    return false;
  }
}
