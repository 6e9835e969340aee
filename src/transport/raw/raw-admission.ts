import { Injectable, Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { bearerToken } from '../../auth/credentials.js';
import { asChatError, ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import { Admission } from '../admission.js';
import { RawConnection } from './raw-connection.js';
import { CLOSE, type CloseStatus, type RawDialect } from './raw-dialect.js';
import type { Handshake, RawRoute, RawRouteOptions } from './raw-route.js';

const AUTHENTICATE_WITHIN_MS = 10_000;

/**
 * Who may speak on a route. A client is told why it is refused in its own words, so the socket
 * opens first; nothing is read from it until its user is known.
 */
@Injectable()
export class RawAdmission {
  private readonly logger = new Logger('Admission');

  constructor(private readonly admission: Admission) {}

  /** `dialectFor` may choose by what the client asked for in its URL. */
  guard(
    route: RawRoute,
    dialectFor: (handshake: Handshake) => RawDialect,
    options: RawRouteOptions = {},
  ): void {
    route.serve(options, (socket, handshake) => {
      socket.pause();
      const dialect = dialectFor(handshake);
      this.admit(route, socket, handshake, dialect).then(
        () => socket.resume(),
        (thrown: unknown) => this.refuse(socket, dialect, asChatError(thrown)),
      );
    });
  }

  private async admit(
    route: RawRoute,
    socket: WebSocket,
    handshake: Handshake,
    dialect: RawDialect,
  ): Promise<void> {
    const identity = await inTime(this.admission.identify(tokenOf(handshake)));
    const address = this.admission.addressOf(handshake.request);
    // Gone meanwhile: nobody would ever say that it closed.
    if (socket.readyState !== socket.OPEN) return;
    const connection = new RawConnection(socket, dialect, identity, address);
    connection.whenClosed((reason) => this.admission.close(connection, reason));
    try {
      await this.admission.open(connection);
    } catch (error) {
      this.admission.close(connection, 'not opened');
      throw error;
    }
    if (connection.isOpen) route.emit('connection', connection);
  }

  private refuse(socket: WebSocket, dialect: RawDialect, error: ChatError): void {
    const { code, cause } = error;
    if (code === 'INTERNAL') this.logger.error({ event: 'SESSION_NOT_OPENED', error: cause });
    else this.logger.debug({ event: 'WS_REFUSED', code });
    if (socket.readyState === socket.OPEN) socket.send(dialect.failure(error, null));
    const status = this.statusOf(error);
    socket.close(status.code, status.reason);
    socket.resume();
  }

  private statusOf({ code }: ChatError): CloseStatus {
    if (code === 'AUTH_FAILED') return CLOSE.unauthenticated;
    if (code !== 'UNAVAILABLE') return CLOSE.failed;
    return this.admission.isDraining ? CLOSE.draining : CLOSE.unavailable;
  }
}

/** `?token=` where it says something, else `Authorization: Bearer` (documents 3 and 4). */
const tokenOf = ({ query, request }: Handshake): string | undefined => {
  const token = query.get('token') ?? '';
  return token === '' ? bearerToken(request.headers.authorization) : token;
};

async function inTime(identity: Promise<Identity>): Promise<Identity> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ChatError('AUTH_FAILED')), AUTHENTICATE_WITHIN_MS);
  });
  try {
    return await Promise.race([identity, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
