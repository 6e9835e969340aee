import { together, type Change, type Stay } from '../core/model/presence.js';

/** What this node wrote late, and what there is besides. */
export interface Late {
  /** What Redis knew last of it: the others were told so. */
  readonly known: Stay;
  /** How it is on this node: so this node has told it. */
  readonly own: Stay;
  readonly others: readonly Stay[];
}

/**
 * What is to be told of a user whom this node could not ask about. What is now may differ from what
 * this node has told, or else from what the other nodes heard of: it is told, again for some.
 */
export function correctionOf({ known, own, others }: Late): Change {
  const after = together(own, ...others);
  const heard = together(known, ...others);
  const isOnlineHere = own.connections > 0;
  const wasToldRightly = isOnlineHere === after.connections > 0;
  const was = (flag: 'isLookingIn' | 'mayLookAway' | 'isVisiting'): boolean =>
    own[flag] === after[flag] ? heard[flag] : own[flag];
  const before: Stay = {
    connections: wasToldRightly ? heard.connections : own.connections,
    isLookingIn: was('isLookingIn'),
    mayLookAway: was('mayLookAway'),
    isVisiting: was('isVisiting'),
  };
  return { before, after };
}
