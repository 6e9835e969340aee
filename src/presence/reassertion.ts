import { Logger } from '@nestjs/common';
import { Rounds } from '../core/rounds.js';
import type { Change, Spot, Stay } from '../core/model/presence.js';
import type { NodeId, Nodes } from '../core/ports/nodes.js';
import type { RedisLink } from '../redis/redis-link.js';
import { correctionOf } from './correction.js';
import { LateStays, type LateStay } from './late-stays.js';
import type { NodeVoice } from './node-voice.js';
import type { OwnStays } from './own-stays.js';
import type { PresenceHashes } from './presence-hashes.js';
import { asError, type Reach } from './reach.js';
import type { Turns } from './turns.js';

const BEAT_MS = 1_000;
/** Said at once: so many that it is quick, so few that nothing else waits for long. */
const BATCH = 200;
/** Every how many beats it is looked for nodes that nobody cleared up after. */
const SWEEP_BEATS = 10;
/** After which silence of a node that is not among the living. */
const ABANDONED_MS = 60_000;
/** How long a node that was taken out can learn of it. */
const DEAD_KEPT_MS = 10 * 60_000;

interface Parts {
  readonly nodes: Nodes;
  readonly link: RedisLink;
  readonly own: OwnStays;
  readonly hashes: PresenceHashes;
  readonly reach: Reach;
  readonly turns: Turns;
  readonly voice: NodeVoice;
}

type OnCorrected = (spot: Spot, change: Change) => Promise<void>;
type OnAbandoned = (nodeId: NodeId) => Promise<void>;

/**
 * Says again what Redis does not know any more, or never heard: when it is back, when it has lost
 * everything, and when the others took this node for dead.
 */
export class Reassertion {
  private readonly logger = new Logger('Presence');
  private readonly rounds = new Rounds(BEAT_MS, () => this.beat());
  private readonly late = new LateStays();
  /** Said late, and once more: what was given up on may have come through after all, behind it. */
  private settling: Spot[] = [];
  private isAllLost = false;
  private beats = 0;
  private isSweeping = false;
  private readonly corrected: OnCorrected[] = [];
  private readonly abandoned: OnAbandoned[] = [];

  constructor(private readonly parts: Parts) {}

  onCorrected(listener: OnCorrected): void {
    this.corrected.push(listener);
  }

  onAbandoned(listener: OnAbandoned): void {
    this.abandoned.push(listener);
  }

  async start(): Promise<void> {
    const { link, nodes } = this.parts;
    await this.rounds.now();
    link.onChange((isUp) => {
      if (isUp) void this.rounds.now();
    });
    nodes.onRevival(() => void this.rounds.now());
  }

  /** What could not be taken out is left to the others. */
  async end(): Promise<void> {
    await this.rounds.end();
    const { own, reach, hashes, nodes } = this.parts;
    if (own.spots().length > 0 || !this.late.isEmpty) return;
    await reach.ask(() => hashes.unmark(nodes.id)).catch(() => undefined);
  }

  /** Redis was not told how the user is there; `known` is what it knows. */
  owe(spot: Spot, known: Stay): void {
    this.late.add(spot, known);
  }

  private async beat(): Promise<void> {
    const { link, hashes, nodes, reach, own } = this.parts;
    if (!link.isUp) return;
    try {
      const mark = await hashes.mark(nodes.id);
      if (mark === 'lost') this.isAllLost = true;
      if (mark === 'taken out') for (const spot of own.spots()) this.late.add(spot, null);
      reach.regain();
      await this.sayAgain(this.settling);
      this.settling = [];
      if (this.isAllLost) await this.sayAgain(own.spots().filter((spot) => !this.late.has(spot)));
      this.isAllLost = false;
      await this.inBatches(this.late.take(), (late) => this.repay(late));
      if (this.beats++ % SWEEP_BEATS === 0) void this.sweep();
    } catch (error) {
      this.logger.debug({ event: 'PRESENCE_NOT_SAID', error });
    }
  }

  /** Everybody has heard of it: nobody is told. */
  private sayAgain(spots: readonly Spot[]): Promise<void> {
    const { turns, voice, own } = this.parts;
    const say = (spot: Spot) => voice.say(spot, own.get(spot.place, spot.userId));
    return this.inBatches(spots, async (spot) => {
      const failure = await turns.take(spot, () => say(spot).then(() => null, asError));
      if (failure) throw failure;
    });
  }

  private async repay({ spot, known }: LateStay): Promise<void> {
    const { turns, voice, own } = this.parts;
    const change = await turns.take(spot, async () => {
      const stay = own.get(spot.place, spot.userId);
      try {
        const { mine, others } = await voice.say(spot, stay);
        return correctionOf({ known: known ?? mine, own: stay, others });
      } catch {
        this.late.add(spot, known);
        return null;
      }
    });
    if (!change) return;
    this.settling.push(spot);
    // Not waited for: this node's mark is renewed whether the database answers or not.
    for (const listener of this.corrected) {
      listener(spot, change).catch((error: unknown) =>
        this.logger.warn({ event: 'PRESENCE_NOT_CORRECTED', error }),
      );
    }
  }

  private async inBatches<T>(all: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
    for (let start = 0; start < all.length; start += BATCH) {
      await Promise.all(all.slice(start, start + BATCH).map(task));
    }
  }

  private async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    const { hashes, nodes, reach } = this.parts;
    try {
      for (const { node, at, isDead } of await reach.ask(() => hashes.marks())) {
        const silentMs = Date.now() - at;
        if (isDead && silentMs > DEAD_KEPT_MS) await reach.ask(() => hashes.unmark(node));
        if (isDead || nodes.living.has(node) || silentMs < ABANDONED_MS) continue;
        for (const listener of this.abandoned) await listener(node);
      }
    } catch (error) {
      this.logger.warn({ event: 'PRESENCE_NOT_SWEPT', error });
    } finally {
      this.isSweeping = false;
    }
  }
}
