import { Injectable } from '@nestjs/common';
import type { UserId } from '../core/model/identity.js';
import { AWAY, type Change, type Place, type Spot, type Stay } from '../core/model/presence.js';
import { PresenceStore, type Most, type PutChange } from '../core/ports/presence-store.js';
import { OwnStays } from './own-stays.js';

/** A service of one node: all is known at once, and nobody else has anything to say. */
@Injectable()
export class MemoryPresenceStore extends PresenceStore {
  private readonly own = new OwnStays();

  put(spot: Spot, stay: Stay, most: Most = {}): PutChange {
    if (!this.own.hasRoomFor(spot, stay, most)) {
      const before = this.own.get(spot.place, spot.userId);
      return { before, after: before, isRefused: true };
    }
    return { before: this.own.set(spot, stay), after: stay, isRefused: false };
  }

  here(place: Place, userId: UserId): Stay {
    return this.own.get(place, userId);
  }

  find(place: Place, userId: UserId): Stay {
    return this.own.get(place, userId);
  }

  in(place: Place): ReadonlyMap<UserId, Stay> {
    return this.own.in(place);
  }

  everybody(place: Place): Promise<ReadonlyMap<UserId, Stay>> {
    return Promise.resolve(this.own.in(place));
  }

  occupancy(): ReadonlyMap<Place, number> {
    return this.own.occupancy();
  }

  clear(place: Place): void {
    for (const spot of this.own.spotsIn(place)) this.own.set(spot, AWAY);
  }

  leftBy(): Promise<[]> {
    return Promise.resolve([]);
  }

  takeOut(): Promise<Change> {
    return Promise.resolve({ before: AWAY, after: AWAY });
  }

  forget(): Promise<void> {
    return Promise.resolve();
  }

  onCorrected(): void {
    // What is known of this node is true.
  }

  onAbandoned(): void {
    // There is no other node.
  }
}
