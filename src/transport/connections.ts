import type { Socket } from 'socket.io';
import { RawConnection } from './raw/raw-connection.js';
import type { SocketIoConnection } from './socket-io/socket-io-connection.js';

/** Connections by what Nest calls the client: of Socket.IO its socket, of a raw route itself. */
const bySocket = new WeakMap<object, SocketIoConnection>();

export const connections = {
  set(socket: Socket, connection: SocketIoConnection): void {
    bySocket.set(socket, connection);
  },

  of(client: Socket | RawConnection): SocketIoConnection | RawConnection {
    return client instanceof RawConnection ? client : this.ofSocket(client);
  },

  ofSocket(socket: Socket): SocketIoConnection {
    const connection = bySocket.get(socket);
    if (!connection) throw new Error('A gateway must have its connections admitted');
    return connection;
  },
};
