import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformFile } from '@swc/core';
import { startCauserie, startPair } from './causerie.mjs';
import { messageFrom, startNode } from './processes.mjs';

/**
 * A server under load.
 *
 * @typedef {object} Target
 * @property {number[]} pids
 * @property {number[]} ports its clients take them in turns
 * @property {number} [redisPid]
 * @property {Promise<never>} failed rejects when it ends
 * @property {boolean} [speaksSalon] beside `/chat`
 * @property {(count: number) => Promise<number[]>} createConversations gives their ids
 */

/**
 * In the order in which they take turns.
 *
 * @type {Record<string, (run: import('./run.mjs').Run) => Promise<Target>>}
 */
export const targets = {
  bare: startBare,
  causerie: startCauserie,
  pair: startPair,
  typical: startTypical,
};

/** The others need what not every machine has. */
export const USUAL_TARGETS = ['bare', 'causerie', 'typical'];

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
  const { child, failed } = server;
  return { pids: [child.pid], ports: [port], failed, createConversations };
}
