/** One process of the service. */
export type NodeId = string;

/**
 * The nodes that are one service. Each holds a lease, which it renews as long as it lives. One
 * whose lease has run out counts as dead, whatever it thinks of itself: so it must neither tell
 * clients anything nor do anything for them until it has a lease again and has heard of what it
 * missed.
 */
export abstract class Nodes {
  /** This one; another each time it starts. */
  abstract readonly id: NodeId;

  /** Those whose lease holds, as far as this node has heard, and this one in any case. */
  abstract get living(): ReadonlySet<NodeId>;

  /** Whether this node's lease holds, and nothing that ended for anybody is unknown to it. */
  abstract get isCurrent(): boolean;

  /** Another one whenever it was not current in between. */
  abstract get term(): number;

  /** Whether it has been current all the time since that term was asked for. */
  hasBeenCurrentSince(term: number): boolean {
    return this.isCurrent && this.term === term;
  }

  /** Resolves once it is current. UNAVAILABLE where that takes too long. */
  abstract current(): Promise<void>;

  /**
   * Called once for each node that died without taking leave, on one of the others: what it left
   * behind is to be cleared away there. One that rejects is called again, here or elsewhere.
   */
  abstract onDeath(listener: (nodeId: NodeId) => Promise<void>): void;

  /** Called when this node's lease had run out, and it is current again. */
  abstract onRevival(listener: () => void): void;
}
