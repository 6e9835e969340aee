import type { UserId } from '../core/model/identity.js';
import { union, type Stay } from '../core/model/presence.js';

type Stays = ReadonlyMap<UserId, Stay>;

/**
 * Who is at a place: the others as they were read once for all who asked, and those of this node as
 * they are. Made anew only where something has changed on this node since: who asked together is
 * answered together.
 */
export class Everybody {
  private known: Stays | null = null;
  private asOf = -1;

  constructor(private readonly others: Stays) {}

  /** `version`: another one wherever `own` is. */
  with(own: Stays, version: number): Stays {
    if (!this.known || this.asOf !== version) this.known = union([own, this.others]);
    this.asOf = version;
    return this.known;
  }
}
