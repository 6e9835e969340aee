import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error.js';
import { processExists } from './processes.js';
import type { Runtime } from './runtime.js';
import { spawnOnCluster } from './server-process.js';

const DRAFT = /^init-(\d+)-/;
const draftsInProgress = new Set<string>();

/**
 * Makes the cluster in a draft folder beside its place and renames it there when it is whole, so
 * that a folder of the cluster's name is always a good one, however this process ends.
 */
export async function initialiseCluster(runtime: Runtime): Promise<void> {
  const { home, log } = runtime;
  log('initialising the database', { folder: home.cluster });
  const draft = mkdtempSync(join(home.path, `init-${process.pid}-`));
  draftsInProgress.add(basename(draft));
  try {
    await initdb(runtime, draft);
    renameSync(join(draft, 'cluster'), home.cluster);
    syncFolder(home.path);
  } catch (error) {
    // Somebody else, started at the same moment, was first: his cluster is as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true, maxRetries: 5 });
    draftsInProgress.delete(basename(draft));
  }
}

async function initdb(runtime: Runtime, draft: string): Promise<void> {
  const cluster = join(draft, 'cluster');
  const password = join(draft, 'password');
  mkdirSync(cluster, { mode: 0o700 });
  writeFileSync(password, runtime.secret.superuser, { mode: 0o600 });
  if (runtime.account !== undefined) {
    const { uid, gid } = runtime.account;
    for (const path of [draft, cluster, password]) chownSync(path, uid, gid);
  }
  const child = await spawnOnCluster(runtime, {
    program: 'initdb',
    args: initdbArguments(runtime),
    cluster,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [[code, signal], complaints] = await Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>,
    child.stderr === null ? '' : text(child.stderr),
  ]);
  if (code === 0) return;
  const end = signal ?? `exit code ${code}`;
  throw new EmbeddedPostgresError(`initdb failed (${end}): ${complaints.trim()}`);
}

function initdbArguments({ settings }: Runtime): string[] {
  return [
    '--username=postgres',
    // Relative, since the draft's absolute path may be closed to the account initdb runs as.
    '--pwfile=../password',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Code point order from PostgreSQL's own tables: the same on every system and after every
    // upgrade of its libraries, so that no index is ever silently in the wrong order.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(settings.fsync === 'off' ? ['--no-sync'] : []),
  ];
}

/** Removes the drafts of processes that are gone: nobody will finish them, and each holds the password. */
export function removeAbandonedDrafts(folder: string, log: Runtime['log']): void {
  for (const name of readdirSync(folder)) {
    const maker = Number(DRAFT.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(maker) || draftsInProgress.has(name)) continue;
    // In a container our predecessor often had the very id we have.
    if (maker !== process.pid && processExists(maker)) continue;
    log('removing a half-finished initialisation', { folder: name });
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Makes the rename itself survive a power cut. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
