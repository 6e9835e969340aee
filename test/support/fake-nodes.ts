import { Nodes, type NodeId } from '../../src/core/ports/nodes.js';

/** The nodes of a service, as one of them sees them; the test says who lives. */
export class FakeNodes extends Nodes {
  private readonly deaths: ((nodeId: NodeId) => Promise<void>)[] = [];
  private readonly revivals: (() => void)[] = [];

  private constructor(
    readonly id: NodeId,
    readonly living: Set<NodeId>,
  ) {
    super();
  }

  /** All of them share one set of the living. */
  static of(...ids: readonly NodeId[]): FakeNodes[] {
    const living = new Set(ids);
    return ids.map((id) => new FakeNodes(id, living));
  }

  /** One more, which all know at once. */
  another(id: NodeId): FakeNodes {
    this.living.add(id);
    return new FakeNodes(id, this.living);
  }

  readonly isCurrent = true;
  readonly term = 0;

  current(): Promise<void> {
    return Promise.resolve();
  }

  onDeath(listener: (nodeId: NodeId) => Promise<void>): void {
    this.deaths.push(listener);
  }

  onRevival(listener: () => void): void {
    this.revivals.push(listener);
  }

  /** The other one died, and this one is to clear up after it. */
  async hearOfDeath(nodeId: NodeId): Promise<void> {
    this.living.delete(nodeId);
    for (const listener of this.deaths) await listener(nodeId);
  }

  revive(): void {
    this.living.add(this.id);
    for (const listener of this.revivals) listener();
  }
}
