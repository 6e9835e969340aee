import { performance } from 'node:perf_hooks';

/**
 * What the generator sent, and what it saw of it: the source of every figure, and the proof that
 * each acked message reached each member of its room exactly once.
 */
export class Ledger {
  acks = 0;
  /** Latencies are kept only meanwhile; counts always are. */
  isRecording = false;
  /** At low rates every delivery is timed, otherwise only those to the witnesses. */
  isTimingEveryDelivery = false;
  /** @type {number[]} */
  ackLatencies = [];
  /** @type {number[]} */
  deliveryLatencies = [];
  /** @type {Set<string>} */
  problems = new Set();
  /** @type {(member: import('./member.mjs').Member) => void} */
  onAcked = () => {};

  /** By message number, from 1: when it was sent, whether its ack came, whether a witness saw it. */
  #sentAt = [0];
  #isAcked = [true];
  #isWitnessed = [true];
  /** @type {number[]} */
  #acksOfRoom;

  /** @param {number} rooms */
  constructor(rooms) {
    this.#acksOfRoom = new Array(rooms).fill(0);
  }

  get outstanding() {
    return this.#sentAt.length - 1 - this.acks;
  }

  /** @returns {number} the number of the message about to be sent */
  sending() {
    this.#isAcked.push(false);
    this.#isWitnessed.push(false);
    return this.#sentAt.push(performance.now()) - 1;
  }

  acked(member, number, at) {
    if (this.#isAcked[number] !== false) return this.problem('a message was acked twice');
    this.#isAcked[number] = true;
    this.acks += 1;
    this.#acksOfRoom[member.room] += 1;
    if (this.isRecording) this.ackLatencies.push(at - this.#sentAt[number]);
    this.onAcked(member);
  }

  delivered(member, number, at) {
    if (this.isRecording) this.deliveryLatencies.push(at - this.#sentAt[number]);
    if (!member.isWitness) return;
    if (this.#isWitnessed[number] !== false)
      this.problem('a message was delivered twice or unsent');
    this.#isWitnessed[number] = true;
  }

  /** @param {string} text */
  problem(text) {
    if (this.problems.size < 10) this.problems.add(text.slice(0, 300));
  }

  /** How many deliveries the acks so far entail. */
  expectedDeliveries(members) {
    return members.reduce((sum, member) => sum + this.#acksOfRoom[member.room], 0);
  }

  /** Call once nothing is under way any more. */
  verify(members) {
    if (this.outstanding > 0) this.problem(`${this.outstanding} sends were never acked`);
    const wrong = members.filter(({ room, deliveries }) => deliveries !== this.#acksOfRoom[room]);
    if (wrong.length > 0) {
      const [{ room, deliveries }] = wrong;
      this.problem(
        `${wrong.length} members did not receive each acked message exactly once; ` +
          `one got ${deliveries} of ${this.#acksOfRoom[room]}`,
      );
    }
    const unseen = this.#isWitnessed.filter((isSeen, n) => !isSeen && this.#isAcked[n]).length;
    if (unseen > 0) this.problem(`${unseen} acked messages never reached their room's witness`);
  }
}

/**
 * @param {number[]} latencies ms
 * @returns {{ p50: number, p99: number } | null} null without samples
 */
export function percentiles(latencies) {
  if (latencies.length === 0) return null;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99) };
}
