import { AWAY, together, type Change, type Place, type Spot } from '../core/model/presence.js';
import type { Stay } from '../core/model/presence.js';
import type { UserId } from '../core/model/identity.js';
import type { NodeId, Nodes } from '../core/ports/nodes.js';
import type { LeftBehind, Most } from '../core/ports/presence-store.js';
import type { OwnStays } from './own-stays.js';
import type { PresenceHashes, Replaced } from './presence-hashes.js';
import type { Reach } from './reach.js';

/** What this node says in Redis, for itself and for those who can no more. Rejects without Redis. */
export class NodeVoice {
  constructor(
    private readonly nodes: Nodes,
    private readonly own: OwnStays,
    private readonly hashes: PresenceHashes,
    private readonly reach: Reach,
  ) {}

  get others(): NodeId[] {
    return [...this.nodes.living].filter((id) => id !== this.nodes.id);
  }

  /** How the user is there on this node; returns what was said of him. */
  say(spot: Spot, stay: Stay, most: Most = {}): Promise<Replaced> {
    const { id } = this.nodes;
    return this.reach.ask(async () => {
      const [replaced] = await Promise.all([
        this.hashes.replace(spot, stay, most, [id, ...this.others]),
        this.hashes.count(id, spot.place, this.own.connectionsIn(spot.place)),
      ]);
      return replaced;
    });
  }

  /** Where fewer are than was said, as somebody was refused. */
  recount(place: Place): void {
    const count = () => this.hashes.count(this.nodes.id, place, this.own.connectionsIn(place));
    this.reach.ask(count).catch(() => undefined);
  }

  /** That a user is not there on a node that died. */
  async takeOut(nodeId: NodeId, place: Place, userId: UserId): Promise<Change> {
    const others = [...this.nodes.living].filter((id) => id !== nodeId);
    const spot = { place, userId, username: '' };
    const taken = await this.reach.ask(() =>
      this.hashes.replace(spot, AWAY, {}, [nodeId, ...others]),
    );
    return { before: together(taken.mine, ...taken.others), after: together(...taken.others) };
  }

  leftBy(nodeId: NodeId): Promise<readonly LeftBehind[]> {
    return this.reach.ask(() => this.hashes.leftBy(nodeId));
  }

  forget(nodeId: NodeId): Promise<void> {
    return this.reach.ask(() => this.hashes.markDead(nodeId));
  }
}
