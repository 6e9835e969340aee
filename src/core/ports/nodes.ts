/** One process of the service. */
export type NodeId = string;

/**
 * The nodes that are one service. Each holds a lease, which it renews as long as it lives: one
 * whose lease has run out counts as dead, whatever it thinks of itself.
 */
export abstract class Nodes {
  /** This one; another each time it starts. */
  abstract readonly id: NodeId;

  /** Those whose lease holds, as far as this node has heard, and this one in any case. */
  abstract get living(): ReadonlySet<NodeId>;

  /**
   * Called once for each node that died without taking leave, on one of the others: what it left
   * behind is to be cleared away there. One that rejects is called again, here or elsewhere.
   */
  abstract onDeath(listener: (nodeId: NodeId) => Promise<void>): void;
}
