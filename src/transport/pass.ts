import type { EventEmitter } from 'node:events';
import type { Tally } from './tally.js';

/** One client's connection, as the gate counts it: from its handshake to its end. */
export class Pass {
  private isPending = true;
  private hasLeft = false;
  private isFollowed = false;

  constructor(
    private readonly network: string,
    private readonly connections: Tally,
    private readonly handshakes: Tally,
  ) {
    connections.add(network);
    handshakes.add(network);
  }

  /** Whether the client is gone. */
  get isOver(): boolean {
    return this.hasLeft;
  }

  /** The client's user is known, or there is none to be known. */
  settle(): void {
    if (!this.isPending) return;
    this.isPending = false;
    this.handshakes.remove(this.network);
  }

  /** What the handshake came over is closed: the end of it, unless it was for something longer. */
  abandon(): void {
    if (!this.isFollowed) this.leave();
  }

  /** From now on the client is there as long as this is, whatever its handshake came over. */
  follow(connection: EventEmitter): void {
    this.isFollowed = true;
    connection.once('close', () => this.leave());
  }

  /** Leaving twice is leaving once. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.settle();
    this.connections.remove(this.network);
  }
}
