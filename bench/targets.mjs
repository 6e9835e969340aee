import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { transformFile } from '@swc/core';
import { messageFrom, startNode } from './processes.mjs';
import { tokenFor } from './tokens.mjs';

/**
 * A server under load.
 *
 * @typedef {object} Target
 * @property {number} pid
 * @property {number} port
 * @property {Promise<never>} failed rejects when it ends
 * @property {boolean} [speaksSalon] beside `/chat`
 * @property {(count: number) => Promise<number[]>} createConversations gives their ids
 */

/** Owns the conversations and never connects, lest it be told what happens in all of them. */
const OWNER_ID = 1_000_000;

/**
 * In the order in which they take turns.
 *
 * @type {Record<string, (run: import('./run.mjs').Run) => Promise<Target>>}
 */
export const targets = { bare: startBare, causerie: startCauserie, typical: startTypical };

async function startBare(run) {
  const script = path.join(run.benchDir, 'baselines/bare.mjs');
  return baseline(startNode(run, 'bare', [script], { JWT_SECRET: run.secret }));
}

async function startTypical(run) {
  const source = path.join(run.benchDir, 'baselines/typical.ts');
  const { code } = await transformFile(source, { configFile: path.join(run.root, '.swcrc') });
  // The work directory lies beside `baselines`, so relative imports keep their meaning.
  const script = path.join(run.workDir, 'typical.mjs');
  writeFileSync(script, code);
  const DATABASE_URL = await run.postgres.createDatabase('typical');
  return baseline(startNode(run, 'typical', [script], { JWT_SECRET: run.secret, DATABASE_URL }));
}

/** The baselines tell their port, and take any number for a conversation. */
async function baseline(server) {
  const { port } = await messageFrom(server);
  let lastId = 0;
  const createConversations = async (count) => Array.from({ length: count }, () => ++lastId);
  return { pid: server.child.pid, port, failed: server.failed, createConversations };
}

async function startCauserie(run) {
  const port = await freePort();
  const profiling = run.isProfiling
    ? ['--cpu-prof', `--cpu-prof-dir=${path.join(run.benchDir, '.profile')}`]
    : [];
  const server = startNode(
    run,
    'causerie',
    [...profiling, path.join(run.root, 'dist/service/main.js')],
    {
      PORT: `${port}`,
      HOST: '127.0.0.1',
      DATABASE_URL: await run.postgres.createDatabase('causerie'),
      DATA_DIR: path.join(run.workDir, 'data'),
      JWT_SECRET: run.secret,
      REDIS_URL: '',
      RATE_LIMIT_CHAT: 'off',
      RATE_LIMIT_CONNECTIONS: 'off',
      RATE_LIMIT_ROOMS: 'off',
      RATE_LIMIT_REST: 'off',
      MAX_CONNECTIONS_PER_ADDRESS: '1000000',
      MAX_PENDING_HANDSHAKES: '1000000',
      LOG_LEVEL: 'warn',
    },
  );
  const base = `http://127.0.0.1:${port}`;
  await Promise.race([ready(base), server.failed]);
  const createConversations = (count) => postConversations(base, run.secret, count);
  const { child, failed } = server;
  return { pid: child.pid, port, failed, speaksSalon: true, createConversations };
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
