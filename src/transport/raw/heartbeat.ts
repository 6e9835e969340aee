import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Pings are spread over this many moments of an interval. */
const SLOTS = 20;

/** Emitted by a socket that is pinged. */
export const HEARTBEAT = 'heartbeat';

/** How much the client's side has taken, and whether it kept more waiting. */
interface Progress {
  readonly taken: number;
  readonly isBehind: boolean;
}

/**
 * Protocol pings to every socket, once an interval. One that did not answer by the next is gone,
 * unless it has much to read before it comes to the ping, and reads.
 */
export class Heartbeat {
  private readonly slots = Array.from({ length: SLOTS }, () => new Set<WebSocket>());
  /** Sockets that owe a pong. */
  private readonly unanswered = new WeakMap<WebSocket, Progress>();
  private readonly timer: NodeJS.Timeout;
  private current = 0;
  private next = 0;

  constructor(intervalMs: number) {
    this.timer = setInterval(() => this.beat(), Math.max(1, intervalMs / SLOTS)).unref();
  }

  watch(socket: WebSocket): void {
    const slot = this.slots[this.next++ % SLOTS];
    slot?.add(socket);
    socket.on('pong', () => this.unanswered.delete(socket));
    socket.on('close', () => slot?.delete(socket));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    for (const socket of this.slots[this.current++ % SLOTS] ?? []) {
      if (socket.readyState === socket.OPEN) this.check(socket);
    }
  }

  private check(socket: WebSocket): void {
    const owed = this.unanswered.get(socket);
    const now = progressOf(socket);
    // What the system's own buffer took proves nothing: only where that was full, someone read.
    const reads = owed?.isBehind && now.taken > owed.taken;
    if (owed && !reads) return socket.terminate();
    this.unanswered.set(socket, now);
    if (owed) return;
    socket.ping();
    socket.emit(HEARTBEAT);
  }
}

function progressOf(webSocket: WebSocket): Progress {
  const { _socket: wire } = webSocket as unknown as { _socket: Socket };
  const waiting = wire.writableLength;
  return { taken: wire.bytesWritten - waiting, isBehind: waiting > 0 };
}
