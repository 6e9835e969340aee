import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { bearerToken } from '../../auth/credentials.js';
import { ENVIRONMENT } from '../../config/config.module.js';
import type { Environment } from '../../config/environment.js';
import { asChatError, ChatError } from '../../core/core.errors.js';
import type { Identity } from '../../core/model/identity.js';
import { TooManyConnections } from '../../session/too-many-connections.js';
import { Admission } from '../admission.js';
import { HeldFrames, type FrameListener } from './held-frames.js';
import { RawConnection } from './raw-connection.js';
import {
  CLOSE,
  type CloseStatus,
  type RawDialect,
  type RawRequest,
  type Refusal,
  type SignIn,
} from './raw-dialect.js';
import type { Entrance, Handshake, RawRoute, RawRouteOptions } from './raw-route.js';
import { soundJson } from './sound-json.js';

/** The client has said who it is: what takes longer is our side's fault. */
const IDENTIFY_WITHIN_MS = 10_000;
/** A first frame is to be a token and little else. */
const MAX_SIGN_IN_BYTES = 16 * 1024;

/** Where a client went that said in its URL where to go. */
export interface Entry {
  /** Frames that it is told before all else. */
  readonly welcome: readonly string[];
  /** To be called once they are sent. */
  readonly release: () => void;
}

export interface Door extends RawRouteOptions {
  /** Whether clients without a token are let in, as visitors. */
  readonly hasVisitors?: boolean;
  /** Brings a client to where its URL says, before its socket opens. */
  readonly enter?: (connection: RawConnection, handshake: Handshake) => Promise<Entry>;
}

/** Somebody at the door. */
interface Visit {
  readonly route: RawRoute;
  readonly dialect: RawDialect;
  readonly address: string;
  readonly handshake: Handshake;
  readonly door: Door;
}

/** How a connection that was let in came there. */
interface Entering {
  /** The one to sign in, where it took one, and what came after it. */
  readonly request?: RawRequest | null;
  readonly held?: HeldFrames | null;
  readonly entry?: Entry | null;
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
  guard(route: RawRoute, dialectFor: (handshake: Handshake) => RawDialect, door: Door = {}): void {
    route.serve(door, async (handshake, wire) => {
      const dialect = dialectFor(handshake);
      const address = this.admission.addressOf(handshake.request);
      const visit = { route, dialect, address, handshake, door };
      const token = tokenOf(handshake);
      const { signIn } = dialect;
      if (token === undefined && signIn) {
        return (socket) => void this.awaitSignIn(visit, signIn, socket);
      }
      try {
        return await this.admit(visit, token, wire);
      } catch (thrown) {
        const error = asChatError(thrown);
        return (socket) => this.refuse(socket, error, this.refusal(dialect, error, null));
      }
    });
  }

  /** Goes on with a newer token of the same user. AUTH_FAILED, UNAVAILABLE. */
  renew(connection: RawConnection, token: unknown): Promise<void> {
    return this.admission.renew(connection, token);
  }

  private async admit(visit: Visit, token: unknown, wire: Duplex): Promise<Entrance> {
    const identity = await inTime(this.identify(visit, token));
    const connection = await this.open(visit, identity, wire, () => wire.destroyed);
    const entry = connection && (await this.bring(visit, connection));
    return (socket) => {
      if (connection) this.enter(visit, connection, socket, { entry });
    };
  }

  private identify({ door, address }: Visit, token: unknown): Promise<Identity> {
    const isVisitor = token === undefined && door.hasVisitors;
    return isVisitor
      ? this.admission.identifyVisitor(address)
      : this.admission.identify(token, address);
  }

  /** To where the client's URL says, where it says so. */
  private async bring(
    { door, handshake }: Visit,
    connection: RawConnection,
  ): Promise<Entry | null> {
    try {
      return (await door.enter?.(connection, handshake)) ?? null;
    } catch (error) {
      connection.abandon();
      // That its token is taken back on the way shows as a place that it cannot get to.
      this.admission.assertGood(connection.identity);
      throw error;
    }
  }

  private async awaitSignIn(visit: Visit, signIn: SignIn, socket: WebSocket): Promise<void> {
    const held = new HeldFrames(socket, MAX_SIGN_IN_BYTES);
    let request: RawRequest | null = null;
    try {
      const frame = await held.first(this.environment.AUTH_TIMEOUT_MS);
      if (socket.readyState !== socket.OPEN) return;
      request = signInRequest(visit.dialect, frame);
      const identity = await inTime(
        this.admission.identify(signIn.tokenOf(request), visit.address),
      );
      const isGone = () => socket.readyState !== socket.OPEN;
      const connection = await this.open(visit, identity, socket, isGone);
      if (connection) this.enter(visit, connection, socket, { request, held });
    } catch (thrown) {
      const error = asChatError(thrown);
      held.discard();
      this.refuse(socket, error, this.refusal(visit.dialect, error, request));
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
    { route, dialect, handshake }: Visit,
    connection: RawConnection,
    socket: WebSocket,
    { request = null, held = null, entry = null }: Entering,
  ): void {
    handshake.settle();
    const accepted = dialect.signIn?.accepted(connection, request);
    const welcome = entry?.welcome ?? (accepted === undefined ? [] : [accepted]);
    if (!connection.start(socket, welcome, held)) return;
    entry?.release();
    route.emit('connection', connection);
  }

  private refuse(socket: WebSocket, error: ChatError, { frame, status }: Refusal): void {
    this.admission.note(error);
    if (frame !== null) socket.send(frame);
    socket.close(status.code, status.reason);
  }

  private refusal(dialect: RawDialect, error: ChatError, request: RawRequest | null): Refusal {
    const own = dialect.refusal?.(error);
    if (own) return own;
    const frame = dialect.signIn?.refused(error, request) ?? dialect.failure(error, request);
    return { frame, status: this.statusOf(error) };
  }

  private statusOf(error: ChatError): CloseStatus {
    const { code } = error;
    if (code === 'AUTH_FAILED') return CLOSE.unauthenticated;
    if (code === 'BANNED') return CLOSE.shutOut;
    if (error instanceof TooManyConnections) return CLOSE.crowded;
    if (code === 'RATE_LIMITED') return CLOSE.limited;
    if (code !== 'UNAVAILABLE') return CLOSE.failed;
    return this.admission.isDraining ? CLOSE.draining : CLOSE.unavailable;
  }
}

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
