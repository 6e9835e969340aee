import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { dirname } from 'node:path';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error.js';
import { executable } from './native-binaries.js';
import type { Runtime } from './runtime.js';
import { mayReach } from './server-account.js';

interface ServerCommand {
  readonly program: 'initdb' | 'postgres';
  readonly args: readonly string[];
  /** The data directory, which is also where the program runs. */
  readonly cluster: string;
  readonly stdio: StdioOptions;
  readonly detached?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a PostgreSQL program on `cluster` as the server's account. Settles once it runs or cannot. */
export async function spawnOnCluster(runtime: Runtime, command: ServerCommand) {
  const { account, binaries } = runtime;
  const child = spawn(
    executable(binaries, command.program),
    ['-D', dataDirectoryArgument(command.cluster, account), ...command.args],
    {
      cwd: command.cluster,
      detached: command.detached ?? false,
      stdio: command.stdio,
      env: { ...bareEnvironment(), ...command.env },
      windowsHide: true,
      ...account,
    },
  );
  await spawned(child, command.program);
  return child;
}

/**
 * PostgreSQL enters its data directory by absolute path. Where the dropped account may not pass a
 * folder above it (a checkout in /root), Linux still has a way: the process is put into the
 * directory before it loses root, and /proc/self/cwd leads back there without walking the path.
 */
function dataDirectoryArgument(cluster: string, account: Runtime['account']): string {
  if (account === undefined || mayReach(dirname(cluster), account, 1)) return cluster;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new EmbeddedPostgresError(
    `PostgreSQL runs as uid ${account.uid}, which cannot enter ${dirname(cluster)}: a folder on that path is private. ` +
      'Choose a DATA_DIR every user may pass through (chmod o+x on each folder above it), or run as an ordinary user.',
  );
}

/** The server gets none of the service's environment, in which its secrets are. */
function bareEnvironment(): Record<string, string> {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMPDIR'];
  const own = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(own), LC_ALL: 'C', TZ: 'UTC' };
}

function spawned(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const musl = errorCode(error) === 'ENOENT' ? ' (on Linux they need glibc: not Alpine)' : '';
      reject(
        new EmbeddedPostgresError(
          `Cannot run the embedded PostgreSQL's ${program}: ${errorCode(error) ?? error.message}. ` +
            `Its binaries do not fit this system${musl}, or may not be executed here. Set DATABASE_URL.`,
        ),
      );
    });
  });
}
