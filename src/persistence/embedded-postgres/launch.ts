import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { ownPostmaster, type Postmaster } from './postmaster.js';
import { readPostmasterFile } from './postmaster-file.js';
import { endOrphanedBackends, isServerOf } from './processes.js';
import type { Runtime } from './runtime.js';
import { openServerLog, type ServerLog } from './server-log.js';
import { spawnOnCluster } from './server-process.js';
import { serverArguments } from './server-settings.js';

const LOOK_EVERY_MS = 5;
/** Recovery after a crash replays at most max_wal_size; beyond this something else is wrong. */
const READY_WITHIN_MS = 120_000;
const ORPHANS_END_WITHIN_MS = 10_000;

/** A server that ended before it was ready; the message holds what it wrote. */
export class LaunchError extends EmbeddedPostgresError {
  constructor(reason: string, logPath: string, log: string) {
    super(`The embedded PostgreSQL ${reason}. Its log (${logPath}) ends with:\n${log}`);
  }

  get portIsTaken(): boolean {
    return this.message.includes('could not create any TCP/IP sockets');
  }

  /** Another postmaster of the same cluster was quicker. */
  get clusterIsRunning(): boolean {
    return this.message.includes('lock file "postmaster.pid" already exists');
  }

  /** Backends of a killed postmaster still run. */
  get orphansRemain(): boolean {
    return this.message.includes('is still in use');
  }
}

/** Starts a server on `port` and resolves when it accepts connections; an abort ends it again. */
export async function launch(
  runtime: Runtime,
  port: number,
  abort: AbortSignal,
): Promise<Postmaster> {
  const begin = Date.now();
  for (;;) {
    try {
      return await launchOnce(runtime, port, abort);
    } catch (error) {
      const elapsed = Date.now() - begin;
      const hopeless = elapsed > ORPHANS_END_WITHIN_MS || abort.aborted;
      if (!(error instanceof LaunchError) || !error.orphansRemain || hopeless) throw error;
      endOrphanedBackends(runtime.home.cluster, elapsed > 1_000 ? 'SIGKILL' : 'SIGQUIT');
      await delay(4 * LOOK_EVERY_MS);
    }
  }
}

async function launchOnce(runtime: Runtime, port: number, abort: AbortSignal): Promise<Postmaster> {
  const log = openServerLog(runtime.home.serverLog, runtime.account);
  try {
    const child = await spawnOnCluster(runtime, {
      program: 'postgres',
      args: serverArguments(port, runtime.settings),
      cluster: runtime.home.cluster,
      stdio: ['ignore', log.descriptor, log.descriptor],
      // A group of its own: ctrl-C in the terminal must not end it before the service has drained.
      detached: true,
      env: staleProcessId(runtime),
    });
    return await ready(runtime, child, port, abort, log);
  } finally {
    log.close();
  }
}

async function ready(
  runtime: Runtime,
  child: ChildProcess,
  port: number,
  abort: AbortSignal,
  log: ServerLog,
): Promise<Postmaster> {
  // Known since the process has been spawned.
  const pid = child.pid ?? 0;
  const { cluster, serverLog } = runtime.home;
  const postmaster = ownPostmaster(child, pid, port);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (postmaster.isAlive() && !abort.aborted && Date.now() < deadline) {
    const file = readPostmasterFile(cluster);
    if (file?.pid === pid && file.status === 'ready') return postmaster;
    await delay(LOOK_EVERY_MS);
  }
  const reason = postmaster.isAlive() ? 'was not ready in time' : 'did not start';
  if (postmaster.isAlive()) child.kill('SIGQUIT');
  await postmaster.ended;
  throw new LaunchError(reason, serverLog, log.tail());
}

/**
 * PostgreSQL refuses to start while the process named in a left-over postmaster.pid exists, though
 * it may be a zombie or another program that was given the same id. It makes an exception for the
 * id in this variable (pg_ctl names its shell there), and all its other checks still hold, which
 * they would not if we deleted the file.
 */
function staleProcessId({ home }: Runtime): Record<string, string> {
  const stale = readPostmasterFile(home.cluster)?.pid;
  if (stale === undefined || isServerOf(stale, home.cluster)) return {};
  return { PG_GRANDPARENT_PID: String(stale) };
}
