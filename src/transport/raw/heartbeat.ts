import type { WebSocket } from 'ws';

/** Pings are spread over this many moments of an interval. */
const SLOTS = 20;

/**
 * Protocol pings to every socket, once an interval. One that did not answer by the next is gone:
 * at the latest two intervals after its last sign of life.
 */
export class Heartbeat {
  private readonly slots = Array.from({ length: SLOTS }, () => new Set<WebSocket>());
  /** Sockets that owe a pong, and how much waited to be read before their ping. */
  private readonly unanswered = new WeakMap<WebSocket, number>();
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
    const slot = this.slots[this.current++ % SLOTS] ?? [];
    for (const socket of slot) {
      // Nothing is read from it before its user is known: its pong would not be seen.
      if (socket.isPaused) continue;
      if (socket.readyState !== socket.OPEN) continue;
      const { bufferedAmount } = socket;
      // One with much to read before it comes to the ping is alive as long as it reads.
      const owed = this.unanswered.get(socket);
      if (owed !== undefined && bufferedAmount >= owed) {
        socket.terminate();
      } else {
        this.unanswered.set(socket, bufferedAmount);
        if (owed === undefined) socket.ping();
      }
    }
  }
}
