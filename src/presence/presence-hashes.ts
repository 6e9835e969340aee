import type { ConversationId } from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import { SERVICE, type Place, type Spot, type Stay } from '../core/model/presence.js';
import type { NodeId } from '../core/ports/nodes.js';
import type { LeftBehind, Most } from '../core/ports/presence-store.js';
import type { RedisClient } from '../redis/redis-client.js';
import { MARK, REPLACE, run } from './presence-scripts.js';
import { said, stayOf, usernameOf } from './said-stay.js';

export interface Replaced {
  readonly isRefused: boolean;
  /** What the node had said before. */
  readonly mine: Stay;
  readonly others: readonly Stay[];
}

const DEAD = 'dead:';
/** So many that it is quick, so few that nothing else waits for long. */
const PLACES_AT_ONCE = 200;

/**
 * What nodes say of users, in Redis. For each place and node a hash, user by user; those of a place
 * lie in one slot of a cluster. For each node an index, with its connections at each of its
 * places; and one hash of all nodes, each with the time at which it said that it is there.
 */
export class PresenceHashes {
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
  ) {}

  async replace(
    spot: Spot,
    stay: Stay,
    most: Most,
    [node, ...others]: readonly [NodeId, ...NodeId[]],
  ): Promise<Replaced> {
    const keys = [node, ...others].map((id) => this.placeKey(spot.place, id));
    const values = [spot.userId, said(spot, stay), most.connections ?? 0, most.users ?? 0];
    const answer = (await run(this.client, REPLACE, keys, values)) as [number, ...string[]];
    const [isRefused, mine = '', ...rest] = answer;
    return { isRefused: isRefused === 1, mine: stayOf(mine), others: rest.map(stayOf) };
  }

  async find(place: Place, userId: UserId, nodes: readonly NodeId[]): Promise<Stay[]> {
    const found = nodes.map((id) => this.client.hget(this.placeKey(place, id), userId));
    return (await Promise.all(found)).map((text) => stayOf(text ?? ''));
  }

  async in(place: Place, node: NodeId): Promise<Map<UserId, Stay>> {
    const entries = Object.entries(await this.client.hgetall(this.placeKey(place, node)));
    return new Map(entries.map(([userId, text]) => [userId, stayOf(text)]));
  }

  /** Of whom the node says that they are online, with what else it says of them. */
  async leftBy(node: NodeId): Promise<LeftBehind[]> {
    const online = Object.entries(await this.client.hgetall(this.placeKey(SERVICE, node)));
    const left = new Map(online.map(([userId, text]) => [userId, nobodyYet(userId, text)]));
    const places = [...(await this.counts(node)).keys()].filter((place) => place !== SERVICE);
    for (let start = 0; start < places.length; start += PLACES_AT_ONCE) {
      const batch = places.slice(start, start + PLACES_AT_ONCE);
      const read = batch.map(async (place) => [place, await this.in(place, node)] as const);
      for (const [place, stays] of await Promise.all(read)) {
        for (const [userId, stay] of stays) {
          let user = left.get(userId);
          if (!user) left.set(userId, (user = nobodyYet(userId, '')));
          user.stays.set(place, stay);
        }
      }
    }
    return [...left.values()];
  }

  /** A node's connections at a place. */
  async count(node: NodeId, place: Place, connections: number): Promise<void> {
    if (connections > 0) await this.client.hset(this.indexKey(node), place, connections);
    else await this.client.hdel(this.indexKey(node), String(place));
  }

  async counts(node: NodeId): Promise<Map<Place, number>> {
    const entries = Object.entries(await this.client.hgetall(this.indexKey(node)));
    return new Map(
      entries.map(([place, count]) => [place === SERVICE ? place : Number(place), Number(count)]),
    );
  }

  /** Says that the node is there; returns what all that it said is worth still. */
  async mark(node: NodeId): Promise<'kept' | 'lost' | 'taken out'> {
    const before = await run(this.client, MARK, [this.nodesKey], [node, Date.now()]);
    if (typeof before !== 'string') return 'lost';
    return before.startsWith(DEAD) ? 'taken out' : 'kept';
  }

  async markDead(node: NodeId): Promise<void> {
    await this.client.del(this.indexKey(node));
    await run(this.client, MARK, [this.nodesKey], [node, `${DEAD}${Date.now()}`]);
  }

  async unmark(node: NodeId): Promise<void> {
    await this.client.hdel(this.nodesKey, node);
  }

  /** When each node said last that it is there, or was taken out. */
  async marks(): Promise<{ node: NodeId; at: number; isDead: boolean }[]> {
    const entries = Object.entries(await this.client.hgetall(this.nodesKey));
    return entries.map(([node, text]) => {
      const isDead = text.startsWith(DEAD);
      return { node, at: Number(isDead ? text.slice(DEAD.length) : text), isDead };
    });
  }

  private placeKey(place: Place, node: NodeId): string {
    return `${this.prefix}:presence:{${place}}:${node}`;
  }

  private indexKey(node: NodeId): string {
    return `${this.prefix}:presence:index:${node}`;
  }

  private get nodesKey(): string {
    return `${this.prefix}:presence:nodes`;
  }
}

const nobodyYet = (userId: UserId, text: string) => ({
  userId,
  username: usernameOf(text) || userId,
  stays: new Map<ConversationId, Stay>(),
});
