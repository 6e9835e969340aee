import { Injectable } from '@nestjs/common';
import type { Namespace, Socket } from 'socket.io';
import { handshakeToken } from '../../auth/credentials.js';
import { asChatError, ERRORS, type ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import { Admission } from '../admission.js';
import { connections } from '../connections.js';
import { settleEngine } from './engine-gate.js';
import { mayEnter } from './namespace-door.js';
import { SocketIoConnection, type SocketIoDialect } from './socket-io-connection.js';

/** What a dialect does for a newcomer before its conversations are read. */
type Welcome = (identity: Identity) => Promise<void>;

/**
 * Who may connect to a namespace. Everything is done before the connection exists: a handler
 * never meets a socket without an identity, and a client that is connected misses nothing.
 */
@Injectable()
export class SocketIoAdmission {
  constructor(private readonly admission: Admission) {}

  guard(namespace: Namespace, dialect: SocketIoDialect, welcome?: Welcome): void {
    namespace.use((socket, next) => {
      const leave = mayEnter(socket);
      if (!leave) {
        socket.conn.close();
        next(new Error('Too many connections'));
        return;
      }
      this.admit(socket, dialect, leave, welcome).then(
        () => next(),
        (thrown: unknown) => {
          leave();
          this.refuse(socket, next, asChatError(thrown));
        },
      );
    });
    namespace.on('connection', (socket: Socket) => {
      settleEngine(socket.conn);
      connections.ofSocket(socket).start();
    });
  }

  /** Goes on with a newer token of the same user. AUTH_FAILED, UNAVAILABLE. */
  renew(connection: SocketIoConnection, token: unknown): Promise<void> {
    return this.admission.renew(connection, token);
  }

  private async admit(
    socket: Socket,
    dialect: SocketIoDialect,
    leave: () => void,
    welcome?: Welcome,
  ): Promise<void> {
    const address = this.admission.addressOf(socket.request);
    const identity = await this.admission.identify(handshakeToken(socket.handshake), address);
    await welcome?.(identity);
    const connection = new SocketIoConnection(socket, dialect, identity, address);
    connections.set(socket, connection);
    if (!connection.isOpen) return;
    const forget = this.closeWhenGone(socket, connection, leave);
    try {
      await this.admission.open(connection);
    } catch (error) {
      forget();
      this.admission.close(connection, 'not opened');
      throw error;
    }
  }

  /** A client that goes away before it is told that it is connected has no `disconnect` event. */
  private closeWhenGone(
    socket: Socket,
    connection: SocketIoConnection,
    leave: () => void,
  ): () => void {
    const { conn } = socket;
    const close = (reason: string): void => this.admission.close(connection, reason);
    const forget = (): void => void conn.off('close', close);
    conn.once('close', close);
    socket.once('disconnect', (reason) => {
      forget();
      leave();
      close(reason);
    });
    return forget;
  }

  /**
   * `connect_error`, with `err.data.code` and, where it is to wait, `retryAfter`. After one a client gives up, so where trying again can
   * help it is hung up on instead: after a lost connection it comes back by itself.
   */
  private refuse(socket: Socket, next: (refusal: Error) => void, error: ChatError): void {
    this.admission.note(error);
    const { code, message, retryAfter } = error;
    if (ERRORS[code].remedy === 'retry') socket.conn.close();
    // Said in any case: Socket.IO forgets a socket only once its admission is decided.
    const data = { code, ...(retryAfter !== undefined && { retryAfter }) };
    next(Object.assign(new Error(message), { data }));
  }
}
