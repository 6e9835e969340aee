import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

/** The service as a whole: who is there is online. */
export const SERVICE = 'service';

/** Where somebody is: in the service, or in a conversation. */
export type Place = typeof SERVICE | ConversationId;

/** Somebody at a place. */
export interface Spot {
  readonly place: Place;
  readonly userId: UserId;
  readonly username: string;
}

/** How a user is at a place: on one node, or over all. In the service only connections count. */
export interface Stay {
  readonly connections: number;
  /** Whether the others were told, or need not be, that he looks in. */
  readonly isLookingIn: boolean;
  /** Whether he looks in where he need not: leaving, he looks away. */
  readonly mayLookAway: boolean;
  readonly isVisiting: boolean;
}

export const AWAY: Stay = {
  connections: 0,
  isLookingIn: false,
  mayLookAway: false,
  isVisiting: false,
};

export const together = (...stays: readonly Stay[]): Stay => ({
  connections: stays.reduce((sum, { connections }) => sum + connections, 0),
  isLookingIn: stays.some(({ isLookingIn }) => isLookingIn),
  mayLookAway: stays.some(({ mayLookAway }) => mayLookAway),
  isVisiting: stays.some(({ isVisiting }) => isVisiting),
});

export const isSame = (one: Stay, other: Stay): boolean =>
  one.connections === other.connections &&
  one.isLookingIn === other.isLookingIn &&
  one.mayLookAway === other.mayLookAway &&
  one.isVisiting === other.isVisiting;

/** Everybody of several nodes, each once. */
export function union(nodes: readonly ReadonlyMap<UserId, Stay>[]): ReadonlyMap<UserId, Stay> {
  const everybody = new Map<UserId, Stay>();
  for (const stays of nodes) {
    for (const [userId, stay] of stays) {
      const known = everybody.get(userId);
      everybody.set(userId, known ? together(known, stay) : stay);
    }
  }
  return everybody;
}

/** What became of a user at a place, over all nodes. */
export interface Change {
  readonly before: Stay;
  readonly after: Stay;
}

export const hasCome = ({ before, after }: Change): boolean =>
  before.connections === 0 && after.connections > 0;

export const hasGone = ({ before, after }: Change): boolean =>
  before.connections > 0 && after.connections === 0;

export const hasLookedIn = ({ before, after }: Change): boolean =>
  !before.isLookingIn && after.isLookingIn;

export const hasLookedAway = ({ before, after }: Change): boolean =>
  before.isLookingIn && !after.isLookingIn;

export const hasEntered = ({ before, after }: Change): boolean =>
  !before.isVisiting && after.isVisiting;

export const hasLeft = ({ before, after }: Change): boolean =>
  before.isVisiting && !after.isVisiting;
