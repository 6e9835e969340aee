import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros, machineCpuMicros } from '../cpu.mjs';
import { FILLER } from '../workloads.mjs';
import { percentiles } from './ledger.mjs';

/** Without a single answer for so long, what is missing counts as lost. */
const LOST_AFTER_MS = 10_000;

/**
 * @typedef {object} Crowd
 * @property {import('./member.mjs').Member[]} members
 * @property {import('./ledger.mjs').Ledger} ledger
 * @property {Record<'server' | 'postgres' | 'redis', (number | null)[]>} pids
 */

/**
 * Closed loop: every sender keeps `window` messages under way.
 *
 * @param {Crowd} crowd
 * @param {import('./member.mjs').Member[]} senders
 */
export async function saturate(crowd, senders, { window, warmUpSeconds, seconds }) {
  const { ledger } = crowd;
  ledger.onAcked = (member) => member.queueMessage(FILLER);
  for (const sender of senders) {
    for (let i = 0; i < window; i++) sender.queueMessage(FILLER);
    sender.flush();
  }
  await sleep(warmUpSeconds * 1000);
  const figures = await interval(crowd, () => sleep(seconds * 1000));
  ledger.onAcked = () => {};
  await settled(crowd);
  return figures;
}

/**
 * Open loop: `rate` messages per second at even distances, each from the next member.
 *
 * @param {Crowd} crowd
 */
export async function steady(crowd, { rate, seconds }) {
  const { ledger } = crowd;
  const members = crowd.members.filter(({ maySend }) => maySend);
  ledger.isTimingEveryDelivery = true;
  const total = Math.round(rate * seconds);
  const figures = await interval(crowd, async () => {
    const begin = performance.now();
    for (let sent = 0; sent < total; sent++) {
      const due = begin + (sent * 1000) / rate;
      if (due > performance.now()) await sleep(due - performance.now());
      // 7 is prime to the sizes of the rooms: rooms take turns, and so do their members.
      const member = members[(sent * 7) % members.length];
      member.queueMessage(FILLER);
      member.flush();
    }
    await settled(crowd);
  });
  ledger.isTimingEveryDelivery = false;
  return figures;
}

/** Waits until everything sent was acked and delivered, and nothing more arrives. */
export async function settled({ members, ledger }) {
  let received = -1;
  let progressAt = performance.now();
  for (;;) {
    const count = deliveriesOf(members);
    const isComplete = ledger.outstanding === 0 && count >= ledger.expectedDeliveries(members);
    if (count !== received) progressAt = performance.now();
    received = count;
    if (isComplete || performance.now() - progressAt > LOST_AFTER_MS) break;
    await sleep(10);
  }
  ledger.verify(members);
}

/** The figures of what happens while `run` does. */
async function interval(crowd, run) {
  const { ledger } = crowd;
  ledger.ackLatencies = [];
  ledger.deliveryLatencies = [];
  ledger.isRecording = true;
  const before = snapshot(crowd);
  await run();
  const after = snapshot(crowd);
  ledger.isRecording = false;
  const spent = (key) => (before[key] === null ? null : after[key] - before[key]);
  return {
    seconds: spent('ms') / 1000,
    sends: spent('acks'),
    deliveries: spent('deliveries'),
    ackMs: percentiles(ledger.ackLatencies),
    deliveryMs: percentiles(ledger.deliveryLatencies),
    serverCpuMicros: spent('server'),
    postgresCpuMicros: spent('postgres'),
    redisCpuMicros: spent('redis'),
    generatorCpuMicros: spent('generator'),
    machineCpuMicros: spent('machine'),
  };
}

function snapshot({ members, ledger, pids }) {
  const { user, system } = process.cpuUsage();
  return {
    ms: performance.now(),
    acks: ledger.acks,
    deliveries: deliveriesOf(members),
    server: cpuMicros(pids.server),
    postgres: cpuMicros(pids.postgres),
    redis: cpuMicros(pids.redis),
    generator: user + system,
    machine: machineCpuMicros(),
  };
}

function deliveriesOf(members) {
  return members.reduce((sum, { deliveries }) => sum + deliveries, 0);
}
