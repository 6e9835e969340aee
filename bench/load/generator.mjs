/**
 * The load generator's process: told by its parent what to do, it answers once with the figures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFor } from '../tokens.mjs';
import { chat, salon } from './dialects.mjs';
import { Ledger } from './ledger.mjs';
import { Member } from './member.mjs';
import { saturate, settled, steady } from './phases.mjs';

/** Connections being set up at a time. */
const DOORS = 25;

/**
 * @typedef {object} Plan
 * @property {number[]} ports
 * @property {string} secret signs the members' tokens
 * @property {Record<'server' | 'postgres' | 'redis', (number | null)[]>} pids
 * @property {import('../workloads.mjs').Workload} workload
 * @property {number[]} conversationIds one per room
 * @property {boolean} speaksSalon whether the server does
 * @property {{ warmUp: number, saturation: number, steady: number }} seconds
 */

process.once('message', async (plan) => {
  const figures = await run(plan);
  process.send(figures, () => process.exit());
});
process.once('disconnect', () => process.exit(1));

/** @param {Plan} plan */
async function run({ workload, seconds, pids, ...plan }) {
  const ledger = new Ledger(workload.rooms);
  const members = membersOf(workload, plan.conversationIds, ledger, plan.speaksSalon);
  await enterAll(members, plan, workload);
  await silence();
  const crowd = { members, ledger, pids };
  const senders = members.filter(
    (_, i) => Math.floor(i / workload.rooms) < workload.sendersPerRoom,
  );
  const saturation = await saturate(crowd, senders, {
    window: workload.window,
    warmUpSeconds: seconds.warmUp,
    seconds: seconds.saturation,
  });
  const calm = await steady(crowd, { rate: workload.steadyRate, seconds: seconds.steady });
  await silence();
  await settled(crowd);
  for (const member of members) member.close();
  return { saturation, steady: calm, problems: [...ledger.problems] };
}

/** Members in turns over the rooms; the last of each room is its witness, and does not send at saturation. */
function membersOf(workload, conversationIds, ledger, speaksSalon) {
  const { rooms, membersPerRoom, sendersPerRoom } = workload;
  return Array.from({ length: rooms * membersPerRoom }, (_, i) => {
    const room = i % rooms;
    const isWitness = i >= rooms * (membersPerRoom - 1);
    const isListener = Math.floor(i / rooms) >= sendersPerRoom;
    const dialect = workload.listenersSpeakSalon && speaksSalon && isListener ? salon : chat;
    return new Member({ room, conversationId: conversationIds[room], isWitness }, dialect, ledger);
  });
}

async function enterAll(members, { ports, secret }, workload) {
  const { rooms } = workload;
  const waiting = members.map((member, i) => ({
    member,
    // Those of each room in turns.
    port: ports[Math.floor(i / rooms) % ports.length],
    token: tokenFor(workload.firstUserId + i, secret),
  }));
  const door = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await next.member.enter(next.port, next.token);
    }
  };
  await Promise.all(Array.from({ length: DOORS }, door));
}

/** Lets what the entrances set off, and late duplicates, arrive. */
function silence() {
  return sleep(400);
}
