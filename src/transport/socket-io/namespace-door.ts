import type { Socket } from 'socket.io';

/** Times that one Engine.IO connection may enter namespaces, within the window. */
const MAX_ENTRIES = 20;
const WINDOW_MS = 10_000;

interface Door {
  readonly inside: Set<string>;
  entries: number;
  windowEnds: number;
}

const doors = new WeakMap<object, Door>();

/**
 * Socket.IO makes a socket of every CONNECT it reads, as many for one namespace as arrive before
 * the first is admitted. One is enough, and each costs a look at the database: so a second one,
 * and a client that keeps coming and going, is refused. Returns what to call when it has left.
 */
export function mayEnter({ conn, nsp }: Socket): (() => void) | null {
  let door = doors.get(conn);
  if (!door) doors.set(conn, (door = { inside: new Set(), entries: 0, windowEnds: 0 }));
  const now = Date.now();
  if (now > door.windowEnds) {
    door.windowEnds = now + WINDOW_MS;
    door.entries = 0;
  }
  const { inside } = door;
  if (inside.has(nsp.name) || ++door.entries > MAX_ENTRIES) return null;
  inside.add(nsp.name);
  return () => void inside.delete(nsp.name);
}
