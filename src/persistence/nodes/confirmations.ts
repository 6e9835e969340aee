import type { NodeId } from '../../core/ports/nodes.js';

interface Waiting {
  /** Counts on: who waits later has the higher one. */
  readonly number: number;
  readonly id: number;
  readonly missing: Set<NodeId>;
  readonly resolve: () => void;
}

/** Who has applied the journal up to where, and who waits for whom. */
export class Confirmations {
  private readonly applied = new Map<NodeId, number>();
  private readonly waiting = new Set<Waiting>();
  private count = 0;

  /** Who waits by now has that number, or a lower one. */
  get latest(): number {
    return this.count;
  }

  /** Resolves when each of these has applied the entry, or is dead. */
  until(id: number, nodes: Iterable<NodeId>): Promise<void> {
    const missing = new Set([...nodes].filter((node) => (this.applied.get(node) ?? 0) < id));
    if (missing.size === 0) return Promise.resolve();
    return new Promise((resolve) =>
      this.waiting.add({ number: ++this.count, id, missing, resolve }),
    );
  }

  confirm(node: NodeId, id: number): void {
    if ((this.applied.get(node) ?? 0) >= id) return;
    this.applied.set(node, id);
    for (const waiting of this.waiting) {
      if (waiting.id <= id) this.strike(waiting, node);
    }
  }

  /**
   * The others are dead: nobody waits for them. As was asked at `asOf`: who began to wait later may
   * wait for one that is back since.
   */
  keepOnly(living: ReadonlySet<NodeId>, asOf: number): void {
    for (const node of this.applied.keys()) if (!living.has(node)) this.applied.delete(node);
    for (const waiting of this.waiting) {
      if (waiting.number > asOf) continue;
      for (const node of waiting.missing) if (!living.has(node)) this.strike(waiting, node);
    }
  }

  private strike(waiting: Waiting, node: NodeId): void {
    waiting.missing.delete(node);
    if (waiting.missing.size > 0) return;
    this.waiting.delete(waiting);
    waiting.resolve();
  }
}
