import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** How long a process may take to stop before it is killed. */
const STOP_PATIENCE_MS = 15_000;

/**
 * Starts a Node process that ends with the run at the latest. Its output goes to a file in the
 * work directory and is shown when it fails.
 *
 * @param {import('./run.mjs').Run} run
 * @param {string} name
 * @param {string[]} args
 * @param {Record<string, string>} [env] beside the run's own, in which NODE_ENV is left out
 * @returns {{ child: import('node:child_process').ChildProcess, failed: Promise<never>,
 *   stop(): Promise<void> }} `failed` rejects when the process ends, and never resolves
 */
export function startNode({ workDir, belongings }, name, args, env = {}) {
  const logPath = path.join(workDir, `${name}.log`);
  const log = openSync(logPath, 'w');
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_ENV: undefined, ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = once(child, 'exit');
  const failed = exited.then(([code, signal]) => {
    throw new Error(`${name} ended (${signal ?? code})\n${lastLines(logPath)}`);
  });
  failed.catch(() => {});
  const stop = async () => {
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(patience);
  };
  belongings.add(stop);
  return { child, failed, stop };
}

/** @returns {Promise<any>} the next message the process sends; rejects when it ends first */
export async function messageFrom({ child, failed }) {
  const [message] = await Promise.race([once(child, 'message'), failed]);
  return message;
}

function lastLines(logPath) {
  return readFileSync(logPath, 'utf8').split('\n').slice(-20).join('\n');
}
