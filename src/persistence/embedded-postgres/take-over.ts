import { setTimeout as delay } from 'node:timers/promises';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error.js';
import { findFreePort } from './free-port.js';
import { launch, LaunchError } from './launch.js';
import { claimOwnership, ClusterInUseError, isPassing, type Ownership } from './ownership.js';
import { adoptedPostmaster, type Postmaster } from './postmaster.js';
import { readPostmasterFile, type PostmasterFile } from './postmaster-file.js';
import { isServerOf } from './processes.js';
import type { Runtime } from './runtime.js';
import { shutDown } from './shut-down.js';

const GIVE_UP_AFTER_MS = 120_000;

/** A server that is ready and ours. */
export interface HeldServer {
  readonly postmaster: Postmaster;
  readonly ownership: Ownership;
}

/**
 * Finds the cluster in whatever state it was left and ends with a server that is ours: adopts one
 * whose service was killed, waits for one that is coming up or going down, else starts one.
 */
export async function takeOver(runtime: Runtime): Promise<HeldServer> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  while (Date.now() < deadline) {
    const running = findRunning(runtime);
    const held = running === undefined ? await start(runtime) : await adopt(runtime, running);
    if (held !== undefined) return held;
    await delay(10);
  }
  throw new EmbeddedPostgresError(
    `A PostgreSQL server in ${runtime.home.cluster} has been neither ready nor gone for ` +
      `${GIVE_UP_AFTER_MS / 1000} s. Its log is ${runtime.home.serverLog}.`,
  );
}

function findRunning({ home }: Runtime): PostmasterFile | undefined {
  const file = readPostmasterFile(home.cluster);
  return file !== undefined && isServerOf(file.pid, home.cluster) ? file : undefined;
}

/** Undefined while the running server is not ready, or when it went away meanwhile. */
async function adopt(runtime: Runtime, found: PostmasterFile): Promise<HeldServer | undefined> {
  if (found.status !== 'ready') return undefined;
  try {
    const ownership = await claimOwnership(runtime, found.port);
    const { pid, port } = found;
    runtime.log('adopted a running server', { pid, port });
    return { postmaster: adoptedPostmaster(pid, port, runtime.home.cluster), ownership };
  } catch (error) {
    if (isPassing(error)) return undefined;
    if (errorCode(error) !== '28P01') throw error;
    throw new EmbeddedPostgresError(
      `The server running in ${runtime.home.cluster} (process ${found.pid}) does not accept the password in ` +
        `${runtime.home.password}. Restore that file from a backup.`,
    );
  }
}

/** Undefined when another start of the same cluster, or of something on the same port, was quicker. */
async function start(runtime: Runtime): Promise<HeldServer | undefined> {
  const postmaster = await launchAnywhere(runtime);
  if (postmaster === undefined) return undefined;
  try {
    const ownership = await claimOwnership(runtime, postmaster.port);
    runtime.log('started', { pid: postmaster.pid, port: postmaster.port });
    return { postmaster, ownership };
  } catch (error) {
    if (error instanceof ClusterInUseError) {
      // Somebody adopted it between our launch and our claim: it is his to stop now.
      postmaster.forget();
      throw error;
    }
    await shutDown(runtime, postmaster);
    if (isPassing(error)) return undefined;
    throw error;
  }
}

async function launchAnywhere(runtime: Runtime): Promise<Postmaster | undefined> {
  try {
    return await launch(runtime, await findFreePort(), new AbortController().signal);
  } catch (error) {
    if (error instanceof LaunchError && (error.portIsTaken || error.clusterIsRunning)) {
      return undefined;
    }
    throw error;
  }
}
