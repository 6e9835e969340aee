import type { Connection } from '../../realtime/connection.js';

/**
 * Messages that a connection has sent and waits to see: the message itself is the answer, to the
 * one socket that asked, wherever and whenever it is told.
 */
class AwaitedMessages {
  private readonly ids = new WeakMap<Connection, Set<string>>();

  add(connection: Connection, requestId: string): void {
    const ids = this.ids.get(connection);
    if (ids) ids.add(requestId);
    else this.ids.set(connection, new Set([requestId]));
  }

  /** Returns whether it was awaited; from now on it is not. */
  take(connection: Connection | null, requestId: string | null): boolean {
    if (!connection || requestId === null) return false;
    return this.ids.get(connection)?.delete(requestId) ?? false;
  }
}

export const awaited = new AwaitedMessages();
