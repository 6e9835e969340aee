import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { bearerToken } from '../../auth/credentials.js';
import { asChatError, ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import { Admission } from '../admission.js';
import { RawConnection } from './raw-connection.js';
import { CLOSE, type CloseStatus, type RawDialect } from './raw-dialect.js';
import type { Entrance, Handshake, RawRoute, RawRouteOptions } from './raw-route.js';

/** The client has said who it is: what takes longer is our side's fault. */
const IDENTIFY_WITHIN_MS = 10_000;

/**
 * Who may speak on a route. All is done before the client hears that its socket is open, so that
 * it misses nothing from then on. One that is refused gets its socket all the same, to be told why
 * in its own words.
 */
@Injectable()
export class RawAdmission {
  constructor(private readonly admission: Admission) {}

  /** `dialectFor` may choose by what the client asked for in its URL. */
  guard(
    route: RawRoute,
    dialectFor: (handshake: Handshake) => RawDialect,
    options: RawRouteOptions = {},
  ): void {
    route.serve(options, async (handshake, wire) => {
      const dialect = dialectFor(handshake);
      try {
        return await this.admit(route, dialect, handshake, wire);
      } catch (thrown) {
        return this.refusal(dialect, asChatError(thrown));
      }
    });
  }

  private async admit(
    route: RawRoute,
    dialect: RawDialect,
    handshake: Handshake,
    wire: Duplex,
  ): Promise<Entrance> {
    const identity = await inTime(this.admission.identify(tokenOf(handshake)));
    const address = this.admission.addressOf(handshake.request);
    const connection = new RawConnection(dialect, identity, address);
    connection.whenClosed((reason) => this.admission.close(connection, reason));
    const abandon = (): void => connection.abandon();
    wire.once('close', abandon);
    if (wire.destroyed) return () => undefined;
    try {
      await this.admission.open(connection);
    } catch (error) {
      connection.abandon();
      throw error;
    }
    return (socket) => {
      wire.off('close', abandon);
      connection.start(socket);
      route.emit('connection', connection);
    };
  }

  private refusal(dialect: RawDialect, error: ChatError): Entrance {
    this.admission.note(error);
    const { code, reason } = this.statusOf(error);
    return (socket) => {
      socket.send(dialect.failure(error, null));
      socket.close(code, reason);
    };
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
    timer = setTimeout(() => reject(new ChatError('UNAVAILABLE')), IDENTIFY_WITHIN_MS);
  });
  try {
    return await Promise.race([identity, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
