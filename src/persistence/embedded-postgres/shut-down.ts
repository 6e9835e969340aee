import { spawnSync } from 'node:child_process';

import { executable } from './native-binaries.js';
import { endsWithin, type Postmaster } from './postmaster.js';
import { endOrphanedBackends, signalProcess } from './processes.js';
import type { Runtime } from './runtime.js';

/** Fast: ends sessions, writes everything out. Immediate: leaves the rest to the next start's recovery. */
const steps = [
  { signal: 'SIGINT', patienceMs: 10_000 },
  { signal: 'SIGQUIT', patienceMs: 5_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
] as const;

/** Ends the server, asking politely first. */
export async function shutDown(runtime: Runtime, postmaster: Postmaster): Promise<void> {
  for (const { signal, patienceMs } of steps) {
    if (!postmaster.isAlive()) break;
    if (signal !== 'SIGINT') runtime.log('the server did not end, insisting', { signal });
    requestShutdown(runtime, postmaster.pid, signal);
    if (await endsWithin(postmaster, patienceMs)) break;
  }
  postmaster.forget();
  endOrphanedBackends(runtime.home.cluster, 'SIGKILL');
}

/** Returns at once; safe where nothing can be awaited any more, as when the process exits. */
export function requestShutdown(
  runtime: Runtime,
  pid: number,
  signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL',
): void {
  if (process.platform !== 'win32') return signalProcess(pid, signal);
  // Node can only terminate there; PostgreSQL brings its own signals.
  spawnSync(executable(runtime.binaries, 'pg_ctl'), ['kill', signal.slice(3), String(pid)]);
}
