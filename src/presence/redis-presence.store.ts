import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { UserId } from '../core/model/identity.js';
import { AWAY, isSame, together, union, type Change, type Place } from '../core/model/presence.js';
import type { Spot, Stay } from '../core/model/presence.js';
import type { NodeId, Nodes } from '../core/ports/nodes.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import type { LeftBehind, Most, PutChange } from '../core/ports/presence-store.js';
import { allKnown, type Soon } from '../core/soon.js';
import type { RedisLink } from '../redis/redis-link.js';
import { Everybody } from './everybody.js';
import { NodeVoice } from './node-voice.js';
import { OwnStays } from './own-stays.js';
import { PresenceHashes } from './presence-hashes.js';
import { Reach } from './reach.js';
import { Reassertion } from './reassertion.js';
import { SharedReads } from './shared-reads.js';
import { Turns } from './turns.js';

/** Several nodes: each writes through to Redis what it knows, and reads there what the others do. */
@Injectable()
export class RedisPresenceStore extends PresenceStore implements OnModuleInit, OnModuleDestroy {
  private readonly own = new OwnStays();
  private readonly hashes: PresenceHashes;
  private readonly reach: Reach;
  private readonly turns = new Turns();
  private readonly voice: NodeVoice;
  private readonly reassertion: Reassertion;
  private readonly reads = new SharedReads((place: Place) => this.readOthers(place));

  constructor(link: RedisLink, prefix: string, nodes: Nodes) {
    super();
    this.hashes = new PresenceHashes(link.commands, prefix);
    this.reach = new Reach(link);
    const { own, hashes, reach, turns } = this;
    const voice = new NodeVoice(nodes, own, hashes, reach);
    this.voice = voice;
    this.reassertion = new Reassertion({ nodes, link, own, hashes, reach, turns, voice });
  }

  onModuleInit(): Promise<void> {
    return this.reassertion.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.reassertion.end();
  }

  put(spot: Spot, stay: Stay, most: Most = {}): Soon<PutChange> {
    const before = this.here(spot.place, spot.userId);
    const known = { before, after: before };
    if (!this.own.hasRoomFor(spot, stay, most)) return { ...known, isRefused: true };
    if (isSame(before, stay)) return { ...known, isRefused: false };
    this.own.set(spot, stay);
    return this.turns.take(spot, () => this.write(spot, { before, after: stay }, most));
  }

  here(place: Place, userId: UserId): Stay {
    return this.own.get(place, userId);
  }

  find(place: Place, userId: UserId): Soon<Stay> {
    const own = () => this.here(place, userId);
    const { others } = this.voice;
    if (!this.reach.isThere || others.length === 0) return own();
    return this.reach
      .ask(() => this.hashes.find(place, userId, others))
      .then((stays) => together(own(), ...stays), own);
  }

  in(place: Place): Soon<ReadonlyMap<UserId, Stay>> {
    const own = () => this.own.in(place);
    if (!this.reach.isThere || this.voice.others.length === 0) return own();
    return this.everybody(place).catch(own);
  }

  async everybody(place: Place): Promise<ReadonlyMap<UserId, Stay>> {
    const everybody = await this.reads.of(place);
    return everybody.with(this.own.in(place), this.own.version);
  }

  occupancy(): Soon<ReadonlyMap<Place, number>> {
    const own = () => this.own.occupancy();
    const { others } = this.voice;
    if (!this.reach.isThere || others.length === 0) return own();
    return this.reach
      .ask(() => Promise.all(others.map((node) => this.hashes.counts(node))))
      .then((counts) => sums([own(), ...counts]), own);
  }

  async clear(place: Place): Promise<void> {
    await allKnown(this.own.spotsIn(place).map((spot) => this.put(spot, AWAY)));
  }

  leftBy(nodeId: NodeId): Promise<readonly LeftBehind[]> {
    return this.voice.leftBy(nodeId);
  }

  takeOut(nodeId: NodeId, place: Place, userId: UserId): Promise<Change> {
    return this.voice.takeOut(nodeId, place, userId);
  }

  forget(nodeId: NodeId): Promise<void> {
    return this.voice.forget(nodeId);
  }

  onCorrected(listener: (spot: Spot, change: Change) => Promise<void>): void {
    this.reassertion.onCorrected(listener);
  }

  onAbandoned(listener: (nodeId: NodeId) => Promise<void>): void {
    this.reassertion.onAbandoned(listener);
  }

  /** Where Redis cannot be asked, what this node knows is the answer, and Redis is told later. */
  private write(spot: Spot, own: Change, most: Most): Soon<PutChange> {
    const late = (): PutChange => {
      this.reassertion.owe(spot, own.before);
      return { ...own, isRefused: false };
    };
    if (!this.reach.isThere) return late();
    return this.voice.say(spot, own.after, most).then(({ isRefused, others }) => {
      const before = together(own.before, ...others);
      if (!isRefused) return { before, after: together(own.after, ...others), isRefused };
      this.undo(spot, own);
      return { before, after: before, isRefused };
    }, late);
  }

  private undo(spot: Spot, { before, after }: Change): void {
    const { place, userId } = spot;
    if (this.here(place, userId) !== after) return;
    this.own.set(spot, before);
    this.voice.recount(place);
  }

  private async readOthers(place: Place): Promise<Everybody> {
    const { others } = this.voice;
    const found = await this.reach.ask(() =>
      Promise.all(others.map((node) => this.hashes.in(place, node))),
    );
    return new Everybody(union(found));
  }
}

function sums(counts: readonly ReadonlyMap<Place, number>[]): ReadonlyMap<Place, number> {
  const sum = new Map<Place, number>();
  for (const [place, count] of counts.flatMap((one) => [...one])) {
    sum.set(place, (sum.get(place) ?? 0) + count);
  }
  return sum;
}
