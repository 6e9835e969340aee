import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from './processes.mjs';
import { startRedis } from './redis.mjs';
import { tokenFor } from './tokens.mjs';

/** Owns the conversations and never connects, lest it be told what happens in all of them. */
const OWNER_ID = 1_000_000;

/**
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<import('./targets.mjs').Target>}
 */
export async function startCauserie(run) {
  const DATABASE_URL = await run.postgres.createDatabase('causerie');
  return asTarget(run, [await serve(run, 'causerie', { DATABASE_URL })]);
}

/**
 * Two nodes of one service, and a Redis: what belonging together costs.
 *
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<import('./targets.mjs').Target>}
 * @throws {Error} where there is no redis-server on the PATH
 */
export async function startPair(run) {
  const redis = await startRedis(run, await freePort());
  const DATABASE_URL = await run.postgres.createDatabase('pair');
  const env = { DATABASE_URL, REDIS_URL: redis.url };
  const nodes = [await serve(run, 'pair-1', env), await serve(run, 'pair-2', env)];
  return { ...asTarget(run, nodes), redisPid: redis.pid };
}

/** @returns {import('./targets.mjs').Target} */
function asTarget(run, nodes) {
  const [{ base }] = nodes;
  return {
    pids: nodes.map(({ pid }) => pid),
    ports: nodes.map(({ port }) => port),
    failed: Promise.race(nodes.map(({ failed }) => failed)),
    speaksSalon: true,
    createConversations: (count) => postConversations(base, run.secret, count),
  };
}

async function serve(run, name, env) {
  const port = await freePort();
  const profiling = run.isProfiling
    ? ['--cpu-prof', `--cpu-prof-dir=${path.join(run.benchDir, '.profile')}`]
    : [];
  const script = path.join(run.root, 'dist/service/main.js');
  const { child, failed } = startNode(run, name, [...profiling, script], {
    PORT: `${port}`,
    HOST: '127.0.0.1',
    DATA_DIR: path.join(run.workDir, name),
    JWT_SECRET: run.secret,
    REDIS_URL: '',
    RATE_LIMIT_CHAT: 'off',
    RATE_LIMIT_CONNECTIONS: 'off',
    RATE_LIMIT_ROOMS: 'off',
    RATE_LIMIT_REST: 'off',
    MAX_CONNECTIONS_PER_ADDRESS: '1000000',
    MAX_PENDING_HANDSHAKES: '1000000',
    LOG_LEVEL: 'warn',
    ...env,
  });
  const base = `http://127.0.0.1:${port}`;
  await Promise.race([ready(base), failed]);
  return { pid: child.pid, port, base, failed };
}

async function ready(base) {
  for (;;) {
    const answer = await fetch(`${base}/health/ready`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await sleep(50);
  }
}

async function postConversations(base, secret, count) {
  const ids = [];
  for (let i = 1; i <= count; i++) {
    const answer = await fetch(`${base}/conversations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokenFor(OWNER_ID, secret)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ type: 'public', title: `Bench ${i}` }),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`no conversation: ${answer.status} ${text}`);
    ids.push(JSON.parse(text).id);
  }
  return ids;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
