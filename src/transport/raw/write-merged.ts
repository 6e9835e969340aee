import type { WebSocket } from 'ws';

interface Sender {
  sendFrame?(buffers: readonly Buffer[]): void;
}

/**
 * Writes frames that are encoded already, all at once. `ws` has no public way to do so, so this
 * leans on its sender, as Engine.IO does (ws 8). False where that is not to be found.
 */
export function writeMerged(socket: WebSocket, frames: Buffer): boolean {
  const sender = (socket as unknown as { _sender?: Sender })._sender;
  if (typeof sender?.sendFrame !== 'function') return false;
  sender.sendFrame([frames]);
  return true;
}
