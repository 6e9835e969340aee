import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { MessageMappingProperties } from '@nestjs/websockets';
import { firstValueFrom, type Observable } from 'rxjs';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { WebSocketServer } from 'ws';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import type { Rate } from '../config/variable.js';
import { Nodes } from '../core/ports/nodes.js';
import { ConnectionGate } from './connection-gate.js';
import { connections } from './connections.js';
import { Dispatcher, type EventHandler } from './dispatcher.js';
import { EventQuota } from './event-quota.js';
import type { OriginPolicy } from './origin-policy.js';
import { FrameReader } from './raw/frame-reader.js';
import { RawConnection } from './raw/raw-connection.js';
import { CLOSE } from './raw/raw-dialect.js';
import { RawServer } from './raw/raw-server.js';
import { EngineGate } from './socket-io/engine-gate.js';
import { watchEngine } from './socket-io/engine-socket.js';
import { refuseOtherMethods } from './socket-io/polling-methods.js';
import type { SocketIoConnection } from './socket-io/socket-io-connection.js';
import { readEvents } from './socket-io/socket-io-events.js';

/** Bytes of one packet: a message of 4,000 four-byte characters with ten long attachments fits. */
const MAX_PACKET_BYTES = 256 * 1024;
const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 2_000;

type CorsOptions = ServerOptions['cors'];
type ServedConnection = SocketIoConnection | RawConnection;

/**
 * Both transports on one port: Socket.IO namespaces, and raw WebSocket routes for gateways that
 * have a `path`. Events of both take the same way through guards, pipes, filters and handlers.
 */
export class TransportAdapter extends IoAdapter {
  private readonly dispatchers = new Map<ServedConnection, Dispatcher>();
  private readonly raw: RawServer;
  private readonly gate: ConnectionGate;
  private readonly nodes: Nodes;
  private readonly eventRates: readonly Rate[];
  private io: Server | null = null;
  private isFinishing = false;

  constructor(
    app: INestApplicationContext,
    private readonly origins: OriginPolicy,
    private readonly pingIntervalMs: number,
  ) {
    super(app);
    this.gate = app.get(ConnectionGate, { strict: false });
    this.nodes = app.get(Nodes, { strict: false });
    this.eventRates = app.get<Environment>(ENVIRONMENT, { strict: false }).RATE_LIMIT_EVENTS;
    this.raw = new RawServer(this.httpServer as HttpServer, origins, this.gate, pingIntervalMs);
  }

  /** Engine.IO, which is there once the application is initialised. */
  get engine(): Server['engine'] {
    if (!this.io) throw new Error('No namespace is served yet');
    return this.io.engine;
  }

  override create(port: number, options?: ServerOptions & { namespace?: string; server?: Server }) {
    return options?.path === undefined
      ? super.create(port, options)
      : (this.raw.route(options.path) as unknown as Server);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { origins } = this;
    const engineGate = new EngineGate(this.gate);
    const allowRequest: ServerOptions['allowRequest'] = (request, done) => {
      if (!origins.allows(request)) return done(null, false);
      // Who does not pass has been answered.
      void engineGate.admit(request).then((isIn) => isIn && done(null, true));
    };
    // What is handed to the `cors` package may be a function of the request, which the types of
    // Socket.IO leave out.
    const cors = ((request: IncomingMessage, done: (error: null, options: object) => void) =>
      done(null, { origin: origins.allows(request), credentials: true })) as CorsOptions;
    this.io = super.createIOServer(port, {
      ...options,
      maxHttpBufferSize: MAX_PACKET_BYTES,
      connectTimeout: CONNECT_WITHIN_MS,
      pingInterval: this.pingIntervalMs,
      // That of Engine.IO is older, and keeps pongs without end for a client that reads none.
      wsEngine: WebSocketServer,
      // Raw WebSocket routes answer their own upgrades.
      destroyUpgrade: false,
      allowRequest,
      cors,
    } as ServerOptions);
    this.io.engine.on('connection', watchEngine);
    this.io.engine.use(refuseOtherMethods);
    this.io.engine.on('connection', (connection: Parameters<EngineGate['follow']>[0]) =>
      engineGate.follow(connection),
    );
    this.io.engine.use((request: IncomingMessage, _: unknown, next: () => void) => {
      if (engineGate.allows(request)) next();
      else request.socket.destroy();
    });
    return this.io;
  }

  override bindMessageHandlers(
    client: Socket | RawConnection,
    handlers: MessageMappingProperties[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    // Gone already: its `disconnect`, which would end what begins here, has been.
    if (!(client instanceof RawConnection) && !client.connected) return;
    const connection = connections.of(client);
    const byEvent = new Map<unknown, EventHandler>(
      handlers.map(({ message, callback }) => [
        message,
        (payload, reply) =>
          firstValueFrom(transform(callback(payload, reply)), { defaultValue: undefined }),
      ]),
    );
    const quota = new EventQuota(this.eventRates);
    const dispatcher = new Dispatcher(connection, byEvent, quota, this.nodes, () =>
      hangUp(connection),
    );
    this.dispatchers.set(connection, dispatcher);
    if (this.isFinishing) void dispatcher.finish();
    if (client instanceof RawConnection) new FrameReader(client, dispatcher).start();
    else readEvents(client, connection as SocketIoConnection, dispatcher);
    this.bindClientDisconnect(client, () => this.dispatchers.delete(connection));
  }

  override bindClientDisconnect(
    client: Socket | RawConnection,
    callback: (reason: string) => void,
  ): void {
    if (client instanceof RawConnection) client.whenClosed(callback);
    else client.once('disconnect', callback);
  }

  /** Takes no new event; resolves when those taken are answered. */
  async finishEvents(): Promise<void> {
    this.isFinishing = true;
    await Promise.all([...this.dispatchers.values()].map((dispatcher) => dispatcher.finish()));
  }

  /** Closes every connection in the way that lets clients reconnect by themselves. */
  async closeConnections(): Promise<void> {
    await this.flushAnswers();
    // Not `disconnectSockets`, which tells clients to stay away, nor `io.close`, which does too.
    this.io?.engine.close();
    this.raw.closeSockets();
    await until(() => this.dispatchers.size === 0 && this.raw.socketCount === 0);
    this.raw.stop();
  }

  /** Engine.IO discards what it has not handed to the transport when it closes. */
  private flushAnswers(): Promise<void> {
    return until(() => [...this.dispatchers.keys()].every(({ isFlushed }) => isFlushed));
  }
}

/** On a client that goes on whatever it is told. */
function hangUp(connection: ServedConnection): void {
  if (connection instanceof RawConnection) connection.close(CLOSE.flood);
  else connection.disconnect();
}

/** Resolves when the condition holds, or when a stopping service has waited long enough for it. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + CLOSE_WITHIN_MS;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
}
