import type { Namespace, Socket } from 'socket.io';

/**
 * Closes connections whose client has sent nothing for `idleMs`. Answers to pings do not count,
 * events of any namespace on the same connection do. The client does not come back by itself.
 */
export function closeWhenIdle(namespace: Namespace, idleMs: number): void {
  namespace.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.disconnect(true), idleMs).unref();
    const onPacket = ({ type }: { type: string }): void => {
      if (type === 'message') timer.refresh();
    };
    socket.conn.on('packet', onPacket);
    socket.once('disconnect', () => {
      clearTimeout(timer);
      socket.conn.off('packet', onPacket);
    });
  });
}
