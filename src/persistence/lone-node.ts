import { randomUUID } from 'node:crypto';
import { Nodes } from '../core/ports/nodes.js';

/** A service of one node: it has nobody to outlive. */
export class LoneNode extends Nodes {
  readonly id = randomUUID();
  readonly living: ReadonlySet<string> = new Set([this.id]);

  onDeath(): void {
    // Nobody else dies.
  }
}
