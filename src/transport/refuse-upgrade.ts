import type { Duplex } from 'node:stream';

/** Answers an upgrade with something else. */
export function refuseUpgrade(
  socket: Duplex,
  status: string,
  headers: readonly string[] = [],
): void {
  const lines = [
    `HTTP/1.1 ${status}`,
    ...headers,
    'Connection: close',
    'Content-Length: 0',
    '',
    '',
  ];
  // Nobody else listens at this point: a client that resets now would end the process.
  socket.on('error', () => undefined);
  socket.end(lines.join('\r\n'), () => socket.destroy());
}

/** Answers an upgrade of which there are too many. */
export const refuseForNow = (socket: Duplex, retryAfter = 1): void =>
  refuseUpgrade(socket, '429 Too Many Requests', [`Retry-After: ${retryAfter}`]);
