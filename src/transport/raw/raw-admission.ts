import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { bearerToken } from '../../auth/credentials.js';
import { ENVIRONMENT } from '../../config/config.module.js';
import type { Environment } from '../../config/environment.js';
import { asChatError, ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import { Admission } from '../admission.js';
import { HeldFrames, type FrameListener } from './held-frames.js';
import { RawConnection } from './raw-connection.js';
import {
  CLOSE,
  type CloseStatus,
  type RawDialect,
  type RawRequest,
  type SignIn,
} from './raw-dialect.js';
import type { Entrance, Handshake, RawRoute, RawRouteOptions } from './raw-route.js';
import { soundJson } from './sound-json.js';

/** The client has said who it is: what takes longer is our side's fault. */
const IDENTIFY_WITHIN_MS = 10_000;
/** A first frame is to be a token and little else. */
const MAX_SIGN_IN_BYTES = 16 * 1024;

/** Somebody at the door. */
interface Visit {
  readonly route: RawRoute;
  readonly dialect: RawDialect;
  readonly address: string;
}

/**
 * Who may speak on a route. A client that brings its token with the handshake hears that its
 * socket is open when all is done, so that it misses nothing from then on; one that is refused
 * gets its socket all the same, to be told why in its own words. Where the dialect has a way to
 * sign in, a client without a token gets its socket at once, and may say one thing.
 */
@Injectable()
export class RawAdmission {
  constructor(
    private readonly admission: Admission,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  /** `dialectFor` may choose by what the client asked for in its URL. */
  guard(
    route: RawRoute,
    dialectFor: (handshake: Handshake) => RawDialect,
    options: RawRouteOptions = {},
  ): void {
    route.serve(options, async (handshake, wire) => {
      const dialect = dialectFor(handshake);
      const visit = { route, dialect, address: this.admission.addressOf(handshake.request) };
      const token = tokenOf(handshake);
      const { signIn } = dialect;
      if (token === undefined && signIn) {
        return (socket) => void this.awaitSignIn(visit, signIn, socket);
      }
      try {
        return await this.admit(visit, token, wire);
      } catch (thrown) {
        const error = asChatError(thrown);
        return (socket) => this.refuse(socket, error, refusal(dialect, error, null));
      }
    });
  }

  /** Goes on with a newer token of the same user. AUTH_FAILED, UNAVAILABLE. */
  async renew(connection: RawConnection, token: unknown): Promise<void> {
    const identity = await this.admission.identify(token);
    if (identity.userId !== connection.identity.userId) throw new ChatError('AUTH_FAILED');
    connection.renew(identity);
  }

  private async admit(visit: Visit, token: unknown, wire: Duplex): Promise<Entrance> {
    const identity = await inTime(this.admission.identify(token));
    const connection = await this.open(visit, identity, wire, () => wire.destroyed);
    return (socket) => {
      if (connection) this.enter(visit, connection, socket);
    };
  }

  private async awaitSignIn(visit: Visit, signIn: SignIn, socket: WebSocket): Promise<void> {
    const held = new HeldFrames(socket, MAX_SIGN_IN_BYTES);
    let request: RawRequest | null = null;
    try {
      const frame = await held.first(this.environment.AUTH_TIMEOUT_MS);
      if (socket.readyState !== socket.OPEN) return;
      request = signInRequest(visit.dialect, frame);
      const identity = await inTime(this.admission.identify(signIn.tokenOf(request)));
      const isGone = () => socket.readyState !== socket.OPEN;
      const connection = await this.open(visit, identity, socket, isGone);
      if (connection) this.enter(visit, connection, socket, { request, held });
    } catch (thrown) {
      const error = asChatError(thrown);
      held.discard();
      this.refuse(socket, error, refusal(visit.dialect, error, request));
    }
  }

  /** Null where the client is gone by then. */
  private async open(
    { dialect, address }: Visit,
    identity: Identity,
    client: EventEmitter,
    isGone: () => boolean,
  ): Promise<RawConnection | null> {
    if (isGone()) return null;
    const connection = new RawConnection(dialect, identity, address);
    connection.whenClosed((reason) => this.admission.close(connection, reason));
    client.once('close', () => connection.abandon());
    try {
      await this.admission.open(connection);
    } catch (error) {
      connection.abandon();
      throw error;
    }
    return isGone() ? null : connection;
  }

  private enter(
    { route, dialect }: Visit,
    connection: RawConnection,
    socket: WebSocket,
    signed?: { request: RawRequest; held: HeldFrames },
  ): void {
    const welcome = dialect.signIn?.accepted(connection, signed?.request ?? null) ?? null;
    connection.start(socket, welcome, signed?.held);
    route.emit('connection', connection);
  }

  private refuse(socket: WebSocket, error: ChatError, frame: string): void {
    this.admission.note(error);
    const { code, reason } = this.statusOf(error);
    socket.send(frame);
    socket.close(code, reason);
  }

  private statusOf({ code }: ChatError): CloseStatus {
    if (code === 'AUTH_FAILED') return CLOSE.unauthenticated;
    if (code !== 'UNAVAILABLE') return CLOSE.failed;
    return this.admission.isDraining ? CLOSE.draining : CLOSE.unavailable;
  }
}

const refusal = (dialect: RawDialect, error: ChatError, request: RawRequest | null): string =>
  dialect.signIn?.refused(error, request) ?? dialect.failure(error, request);

/** AUTH_FAILED for a first frame that is not one request, or never came. */
function signInRequest(dialect: RawDialect, frame: Parameters<FrameListener> | null): RawRequest {
  if (!frame) throw new ChatError('AUTH_FAILED', { text: 'No token came in time.' });
  const [data, isBinary] = frame;
  if (!isBinary) {
    try {
      const [request] = dialect.requests(soundJson(data));
      if (request) return request;
    } catch {
      // Whatever is wrong with it, it is no token.
    }
  }
  throw new ChatError('AUTH_FAILED', { text: 'The first frame must bring a token.' });
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
