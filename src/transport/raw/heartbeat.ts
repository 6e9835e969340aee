import type { WebSocket } from 'ws';

/** Pings are spread over this many moments of an interval. */
const SLOTS = 20;

/**
 * Protocol pings to every socket, once an interval. One that did not answer by the next is gone:
 * at the latest two intervals after its last sign of life.
 */
export class Heartbeat {
  private readonly slots = Array.from({ length: SLOTS }, () => new Set<WebSocket>());
  private readonly unanswered = new WeakSet<WebSocket>();
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
      if (this.unanswered.has(socket)) {
        socket.terminate();
      } else if (socket.readyState === socket.OPEN) {
        this.unanswered.add(socket);
        socket.ping();
      }
    }
  }
}
