import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { isServerOf, processExists } from './processes.js';

const WATCH_EVERY_MS = 200;

/** The server's first process, whose life is the server's life. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  isAlive(): boolean;
  /** Stops watching a process that stays. */
  forget(): void;
}

/** One we have started: the operating system tells us when it ends. */
export function ownPostmaster(child: ChildProcess, pid: number, port: number): Postmaster {
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) => {
    if (isAlive()) child.once('exit', () => resolve());
    else resolve();
  });
  return { pid, port, ended, isAlive, forget: () => child.unref() };
}

/** One that outlived the service which started it: not our child, so we have to look. */
export function adoptedPostmaster(pid: number, port: number, cluster: string): Postmaster {
  const watching = new AbortController();
  return {
    pid,
    port,
    ended: pollUntilGone(pid, watching.signal),
    isAlive: () => isServerOf(pid, cluster),
    forget: () => watching.abort(),
  };
}

function pollUntilGone(pid: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (processExists(pid)) return;
      clearInterval(timer);
      resolve();
    }, WATCH_EVERY_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

/** Whether `postmaster` ended within `milliseconds`. */
export async function endsWithin(postmaster: Postmaster, milliseconds: number): Promise<boolean> {
  const deadline = new AbortController();
  const late = delay(milliseconds, false, { signal: deadline.signal }).catch(() => false);
  const ended = await Promise.race([postmaster.ended.then(() => true), late]);
  deadline.abort();
  return ended;
}
