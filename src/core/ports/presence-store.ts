import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { Change, Place, Spot, Stay } from '../model/presence.js';
import type { Soon } from '../soon.js';
import type { NodeId } from './nodes.js';

/** What there may be at most at a place, over all nodes. */
export interface Most {
  /** Connections of the user. */
  readonly connections?: number;
  /** Users, this one included. */
  readonly users?: number;
}

export interface PutChange extends Change {
  /** Whether it would have been more than there may be: then nothing has changed. */
  readonly isRefused: boolean;
}

/** What a node that died says of a user still. */
export interface LeftBehind {
  readonly userId: UserId;
  readonly username: string;
  readonly stays: ReadonlyMap<ConversationId, Stay>;
}

/**
 * Who is where, over all nodes. Each node says how a user is at a place on it, never what changed:
 * so what was lost is made good by saying it again. Answers never fail: what cannot be asked
 * for is answered by what this node knows, and put right later.
 */
export abstract class PresenceStore {
  /** Says how the user is there on this node; answers are given in the order of the calls. */
  abstract put(spot: Spot, stay: Stay, most?: Most): Soon<PutChange>;

  /** How the user is there, on this node. */
  abstract here(place: Place, userId: UserId): Stay;

  /** How the user is there, over all nodes. */
  abstract find(place: Place, userId: UserId): Soon<Stay>;

  /** Everybody who is there. */
  abstract in(place: Place): Soon<ReadonlyMap<UserId, Stay>>;

  /** The same, of all nodes for certain: rejects where the others cannot be asked. */
  abstract everybody(place: Place): Promise<ReadonlyMap<UserId, Stay>>;

  /** Connections at each place that has any, the service included. */
  abstract occupancy(): Soon<ReadonlyMap<Place, number>>;

  /** The place is gone: nobody of this node is there any more. */
  abstract clear(place: Place): Soon<void>;

  /** What a node that died left behind. Rejects where it cannot be read. */
  abstract leftBy(nodeId: NodeId): Promise<readonly LeftBehind[]>;

  /** Takes out what that node said. Rejects where it cannot. */
  abstract takeOut(nodeId: NodeId, place: Place, userId: UserId): Promise<Change>;

  /** All it said is taken out. Should it live after all, it says everything anew. */
  abstract forget(nodeId: NodeId): Promise<void>;

  /** Called for what turned out otherwise than it had been answered, or was taken out wrongly. */
  abstract onCorrected(listener: (spot: Spot, change: Change) => Promise<void>): void;

  /** Called for a node that is gone and that nobody has cleared up after. */
  abstract onAbandoned(listener: (nodeId: NodeId) => Promise<void>): void;
}
