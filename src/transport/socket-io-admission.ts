import { Injectable, Logger } from '@nestjs/common';
import type { Namespace, Socket } from 'socket.io';
import { handshakeToken } from '../auth/credentials.js';
import { TokenVerifier } from '../auth/token-verifier.js';
import { asChatError, ChatError, ERRORS } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { UsersService } from '../core/users.service.js';
import { SessionService } from '../session/session.service.js';
import { SocketIoConnection, type SocketIoDialect } from './socket-io-connection.js';
import { connections } from './socket-io.adapter.js';

/**
 * Who may connect to a namespace. Authentication is done before the connection exists: a handler
 * never meets a socket without an identity.
 */
@Injectable()
export class SocketIoAdmission {
  private readonly logger = new Logger('Admission');
  private isDraining = false;

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly users: UsersService,
    private readonly session: SessionService,
  ) {}

  /** From now on nobody new is let in. */
  drain(): void {
    this.isDraining = true;
  }

  guard(namespace: Namespace, dialect: SocketIoDialect): void {
    namespace.use((socket, next) => {
      this.authenticate(socket).then(
        (identity) => {
          connections.set(socket, new SocketIoConnection(socket, dialect, identity));
          next();
        },
        (thrown: unknown) => this.refuse(socket, next, asChatError(thrown)),
      );
    });
  }

  open(socket: Socket): void {
    const connection = connections.get(socket);
    if (!connection) return;
    // Ahead of the socket's first event: joining waits until the user's conversations are known.
    connection.lane.run(async () => {
      try {
        await this.session.open(connection);
      } catch (error) {
        this.logger.warn({ event: 'SESSION_NOT_OPENED', error });
        socket.conn.close();
      }
    }, false);
  }

  close(socket: Socket, reason: string): void {
    const connection = connections.get(socket);
    if (connection) this.session.close(connection, reason);
  }

  private assertAdmitting(): void {
    if (this.isDraining) throw new ChatError('UNAVAILABLE');
  }

  private async authenticate(socket: Socket): Promise<Identity> {
    this.assertAdmitting();
    const identity = await this.tokens.verify(handshakeToken(socket.handshake));
    await this.users.meet(identity);
    this.assertAdmitting();
    return identity;
  }

  /**
   * `connect_error`, with `err.data.code`. After one a client gives up, so where trying again can
   * help it is hung up on instead: after a lost connection it comes back by itself.
   */
  private refuse(
    socket: Socket,
    next: (refusal: Error) => void,
    { code, message }: ChatError,
  ): void {
    this.logger.debug({ event: 'WS_REFUSED', code });
    if (ERRORS[code].remedy === 'retry') socket.conn.close();
    // Said in any case: Socket.IO forgets a socket only once its admission is decided.
    next(Object.assign(new Error(message), { data: { code } }));
  }
}
