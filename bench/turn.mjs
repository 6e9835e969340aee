import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros } from './cpu.mjs';
import { messageFrom, startNode } from './processes.mjs';

/**
 * One target under one workload, by a generator process of its own.
 *
 * @param {import('./run.mjs').Run} run
 * @param {import('./targets.mjs').Target} target
 */
export async function measure(run, target, { workload, conversationIds, seconds }) {
  const script = path.join(run.benchDir, 'load/generator.mjs');
  const generator = startNode(run, 'generator', [script]);
  generator.child.send({
    ports: target.ports,
    secret: run.secret,
    pids: { server: target.pids, postgres: [run.postgresPid], redis: [target.redisPid ?? null] },
    workload,
    conversationIds,
    speaksSalon: target.speaksSalon ?? false,
    seconds,
  });
  const figures = await Promise.race([messageFrom(generator), target.failed]);
  await generator.stop();
  await quiet(target.pids);
  return figures;
}

/** Waits until the server is done with the members' leaving, lest the next target pays for it. */
async function quiet(pids) {
  for (let left = 20, before = cpuMicros(pids); left > 0; left--) {
    await sleep(200);
    const now = cpuMicros(pids);
    if (now === before) return;
    before = now;
  }
}
