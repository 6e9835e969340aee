import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';

import { errorCode } from './embedded-postgres.error.js';

/** Whether a process runs under this id. A zombie does not: it only waits for its parent to look. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return process.platform !== 'linux' || !isZombie(pid);
}

/** Whether `pid` is a PostgreSQL server at work in `cluster`, and not a stranger with a reused id. */
export function isServerOf(pid: number, cluster: string): boolean {
  if (!processExists(pid)) return false;
  if (process.platform === 'linux') return worksIn(pid, cluster) && nameOf(pid) === 'postgres';
  if (process.platform === 'win32') return true;
  const { stdout } = spawnSync('ps', ['-o', 'stat=,command=', '-p', String(pid)]);
  const line = stdout.toString().trim();
  return !line.startsWith('Z') && line.includes('postgres') && line.includes(cluster);
}

/**
 * Ends what a dead postmaster left behind. Its backends notice by themselves when they next wait
 * for something, but one in the middle of a long computation keeps the shared memory, and with it
 * the cluster, occupied. Only Linux tells us who they are; elsewhere they are waited for.
 */
export function endOrphanedBackends(cluster: string, signal: 'SIGQUIT' | 'SIGKILL'): void {
  if (process.platform !== 'linux') return;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of pids.map(Number)) {
    if (!worksIn(pid, cluster) || !isBackend(pid)) continue;
    if (!isServerOf(parentOf(pid), cluster)) signalProcess(pid, signal);
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

function worksIn(pid: number, folder: string): boolean {
  const there = statOrNothing(`/proc/${pid}/cwd`);
  const here = statOrNothing(folder);
  return there !== undefined && there.ino === here?.ino && there.dev === here.dev;
}

function statOrNothing(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** A backend has rewritten its command line to a title; a postmaster still shows how it was started. */
function isBackend(pid: number): boolean {
  return readProc(pid, 'cmdline').startsWith('postgres: ');
}

function nameOf(pid: number): string {
  return readProc(pid, 'comm').trim();
}

function isZombie(pid: number): boolean {
  return ['Z', 'X'].includes(statFields(pid)[0] ?? '');
}

function parentOf(pid: number): number {
  return Number(statFields(pid)[1] ?? 0);
}

/** State, parent and so on, from "12 (name, which may itself contain a parenthesis) Z 1 …". */
function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
