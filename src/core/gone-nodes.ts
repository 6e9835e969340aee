import type { NodeId, Nodes } from './ports/nodes.js';

/** Whether any node has gone, in whatever way, since that was asked last. */
export class GoneNodes {
  private known: ReadonlySet<NodeId>;

  constructor(private readonly nodes: Nodes) {
    this.known = nodes.living;
  }

  any(): boolean {
    const before = this.known;
    this.known = this.nodes.living;
    return [...before].some((id) => !this.known.has(id));
  }
}
