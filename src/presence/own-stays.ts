import type { UserId } from '../core/model/identity.js';
import { AWAY, SERVICE, type Place, type Spot, type Stay } from '../core/model/presence.js';
import type { Most } from '../core/ports/presence-store.js';

interface OwnPlace {
  readonly stays: Map<UserId, Stay>;
  connections: number;
}

const NOBODY: ReadonlyMap<UserId, Stay> = new Map();

/** Who is where on this node. */
export class OwnStays {
  private readonly places = new Map<Place, OwnPlace>();
  /** Of those who are online. */
  private readonly usernames = new Map<UserId, string>();
  private changes = 0;

  get(place: Place, userId: UserId): Stay {
    return this.places.get(place)?.stays.get(userId) ?? AWAY;
  }

  /** How often anything has changed. */
  get version(): number {
    return this.changes;
  }

  /** Returns how it was before. */
  set({ place, userId, username }: Spot, stay: Stay): Stay {
    this.changes++;
    const before = this.get(place, userId);
    const own = this.places.get(place) ?? { stays: new Map<UserId, Stay>(), connections: 0 };
    own.connections += stay.connections - before.connections;
    const isThere = stay.connections > 0;
    if (isThere) {
      own.stays.set(userId, stay);
      this.places.set(place, own);
    } else {
      own.stays.delete(userId);
      if (own.stays.size === 0) this.places.delete(place);
    }
    if (place === SERVICE && isThere) this.usernames.set(userId, username);
    else if (place === SERVICE) this.usernames.delete(userId);
    return before;
  }

  /** Whether that would not be more than there may be. */
  hasRoomFor({ place, userId }: Spot, stay: Stay, { connections, users }: Most): boolean {
    if (connections !== undefined && stay.connections > connections) return false;
    const present = this.in(place);
    return users === undefined || present.has(userId) || present.size < users;
  }

  in(place: Place): ReadonlyMap<UserId, Stay> {
    return this.places.get(place)?.stays ?? NOBODY;
  }

  connectionsIn(place: Place): number {
    return this.places.get(place)?.connections ?? 0;
  }

  occupancy(): Map<Place, number> {
    return new Map([...this.places].map(([place, { connections }]) => [place, connections]));
  }

  spotsIn(place: Place): Spot[] {
    const userIds = [...this.in(place).keys()];
    return userIds.map((userId) => ({
      place,
      userId,
      username: this.usernames.get(userId) ?? userId,
    }));
  }

  spots(): Spot[] {
    return [...this.places.keys()].flatMap((place) => this.spotsIn(place));
  }
}
