import { randomUUID } from 'node:crypto';
import { Journal } from '../core/ports/journal.js';
import { Nodes } from '../core/ports/nodes.js';

/** A service of one node: it misses nothing, and has nobody to outlive. */
export class LoneNode extends Nodes {
  readonly id = randomUUID();
  readonly living: ReadonlySet<string> = new Set([this.id]);
  readonly isCurrent = true;
  readonly term = 0;

  current(): Promise<void> {
    return Promise.resolve();
  }

  onDeath(): void {
    // Nobody else dies.
  }

  onRevival(): void {
    // It was never dead.
  }
}

/** Nobody else reads it. */
export class LoneJournal extends Journal {
  write(): Promise<void> {
    return Promise.resolve();
  }

  onEntry(): void {
    // Nobody else writes.
  }
}
