/**
 * `npm run bench`: Causerie beside a bare socket.io server and a typical Nest gateway, on the same
 * workloads, in turns, in one run. `--help` lists the options.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Belongings } from './belongings.mjs';
import { USAGE, parseOptions } from './options.mjs';
import { openPostgres } from './postgres.mjs';
import { report } from './report.mjs';
import { targets } from './targets.mjs';
import { measure } from './turn.mjs';
import { workloads } from './workloads.mjs';

/**
 * @typedef {object} Run
 * @property {string} root the project's directory
 * @property {string} benchDir
 * @property {string} workDir beside this file, removed at the end
 * @property {Belongings} belongings
 * @property {string} secret signs every token
 * @property {boolean} isProfiling
 * @property {Awaited<ReturnType<typeof openPostgres>> | null} postgres
 * @property {number | null} postgresPid
 */

const benchDir = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(benchDir);
const belongings = new Belongings();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void belongings.release().then(() => process.exit(130)));
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!belongings.isReleased) console.error(`bench: ${error.message}`);
  process.exitCode = 1;
} finally {
  await belongings.release();
}

async function main(options) {
  if (options.isHelp) return process.stdout.write(USAGE);
  const run = await prepare(options);
  const started = new Map();
  for (const name of options.targets) started.set(name, await targets[name](run));
  const turns = await takeTurns(run, options, started);
  const result = { at: new Date().toISOString(), options, turns };
  writeFileSync(path.join(benchDir, 'last-run.json'), `${JSON.stringify(result, null, 2)}\n`);
  console.log(report(turns));
  if (turns.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

/** @returns {Promise<Run>} */
async function prepare({ targets: names, isBuilding, isProfiling }) {
  if (isBuilding && names.includes('causerie')) build();
  const workDir = mkdtempSync(path.join(benchDir, '.work-'));
  belongings.add(() => rmSync(workDir, { recursive: true, force: true }));
  const secret = randomBytes(32).toString('hex');
  const run = { root, benchDir, workDir, belongings, secret, isProfiling };
  const isStoring = names.some((name) => name !== 'bare');
  const postgres = isStoring ? await openPostgres(run) : null;
  return { ...run, postgres, postgresPid: (await postgres?.pid()) ?? null };
}

function build() {
  const { status } = spawnSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

/** Every target in turn, round after round, so that the machine's moods meet them all. */
async function takeTurns(run, { rounds, seconds, ...chosen }, started) {
  const turns = [];
  for (const workloadName of chosen.workloads) {
    const workload = workloads[workloadName];
    const places = new Map();
    for (const [name, target] of started) {
      places.set(name, await target.createConversations(workload.rooms));
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [name, target] of started) {
        const conversationIds = places.get(name);
        const figures = await measure(run, target, { workload, conversationIds, seconds });
        const turn = { workload, target: name, round, ...figures };
        turns.push(turn);
        tell(turn);
      }
    }
  }
  return turns;
}

function tell({ workload, target, round, saturation, problems }) {
  const rate = Math.round(saturation.sends / saturation.seconds);
  console.error(`${workload.name}, round ${round}, ${target}: ${rate} sends/s`);
  for (const problem of problems) console.error(`  FAILED: ${problem}`);
}
