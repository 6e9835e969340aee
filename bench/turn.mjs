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
    port: target.port,
    secret: run.secret,
    serverPid: target.pid,
    postgresPid: run.postgresPid,
    workload,
    conversationIds,
    speaksSalon: target.speaksSalon ?? false,
    seconds,
  });
  const figures = await Promise.race([messageFrom(generator), target.failed]);
  await generator.stop();
  await quiet(target.pid);
  return figures;
}

/** Waits until the server is done with the members' leaving, lest the next target pays for it. */
async function quiet(pid) {
  for (let left = 20, before = cpuMicros(pid); left > 0; left--) {
    await sleep(200);
    const now = cpuMicros(pid);
    if (now === before) return;
    before = now;
  }
}
