import { Logger } from '@nestjs/common';
import type { NodeId } from '../../core/ports/nodes.js';
import type { NodeLine } from './node-line.js';

const CLAIM = `
  UPDATE nodes SET clearing_until = clock_timestamp() + interval '30 seconds'
  WHERE id = $1 AND expires_at < clock_timestamp()
    AND (clearing_until IS NULL OR clearing_until < clock_timestamp())
  RETURNING id`;

const GIVE_BACK = 'UPDATE nodes SET clearing_until = NULL WHERE id = $1';
const BURY = 'DELETE FROM nodes WHERE id = $1 AND expires_at < clock_timestamp()';

/** Nodes that died: one of the others clears up after each. */
export class DeadNodes {
  private readonly logger = new Logger('Nodes');
  private readonly listeners: ((nodeId: NodeId) => Promise<void>)[] = [];
  private readonly underWay = new Set<NodeId>();

  constructor(private readonly line: NodeLine) {}

  onDeath(listener: (nodeId: NodeId) => Promise<void>): void {
    this.listeners.push(listener);
  }

  /** Where nobody listens yet, as at a start, it is left to the others. */
  clearUpAfter(nodeId: NodeId): void {
    if (this.listeners.length === 0 || this.underWay.has(nodeId)) return;
    this.underWay.add(nodeId);
    void this.clear(nodeId).finally(() => this.underWay.delete(nodeId));
  }

  private async clear(nodeId: NodeId): Promise<void> {
    try {
      const claimed = await this.line.query(CLAIM, [nodeId]);
      if (claimed.length === 0) return;
      this.logger.warn({ event: 'NODE_DIED', nodeId });
      for (const listener of this.listeners) await listener(nodeId);
      await this.line.query(BURY, [nodeId]);
    } catch (error) {
      this.logger.warn({ event: 'NODE_NOT_CLEARED', nodeId, error });
      await this.line.query(GIVE_BACK, [nodeId]).catch(() => undefined);
    }
  }
}
