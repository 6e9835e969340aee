import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A Redis that remembers nothing and ends with the run.
 *
 * @param {import('./run.mjs').Run} run
 * @param {number} port
 * @returns {Promise<{ url: string, pid: number }>}
 * @throws {Error} where there is no redis-server on the PATH
 */
export async function startRedis({ belongings }, port) {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  await once(child, 'spawn').catch(() => {
    throw new Error('pair needs redis-server on the PATH');
  });
  const exited = once(child, 'exit');
  belongings.add(() => {
    child.kill();
    return exited;
  });
  while (!(await isListening(port))) await sleep(20);
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid };
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}
