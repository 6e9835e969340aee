import type { IncomingMessage } from 'node:http';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { MessageMappingProperties } from '@nestjs/websockets';
import { firstValueFrom, type Observable } from 'rxjs';
import type { Server, ServerOptions, Socket } from 'socket.io';
import type { ChatError } from '../core/core.errors.js';
import { EventDispatcher, type EventHandler } from './event-dispatcher.js';
import type { OriginPolicy } from './origin-policy.js';
import type { SocketIoConnection } from './socket-io-connection.js';

/** Bytes of one packet: a message of 4,000 four-byte characters with ten long attachments fits. */
const MAX_PACKET_BYTES = 256 * 1024;
const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 2_000;

type CorsOptions = ServerOptions['cors'];

/** Connections by socket: put there when a gateway accepts a socket, before any event. */
export const connections = new WeakMap<Socket, SocketIoConnection>();

/** Serves the Socket.IO namespaces, with an answer to every event and no foreign origins. */
export class SocketIoAdapter extends IoAdapter {
  private readonly events = new Logger('Events');
  private readonly dispatchers = new Set<EventDispatcher>();
  private io: Server | null = null;
  private isFinishing = false;

  constructor(
    app: INestApplicationContext,
    private readonly origins: OriginPolicy,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { origins } = this;
    const allowRequest: ServerOptions['allowRequest'] = (request, done) =>
      done(null, origins.allows(request));
    // What is handed to the `cors` package may be a function of the request, which the types of
    // Socket.IO leave out.
    const cors = ((request: IncomingMessage, done: (error: null, options: object) => void) =>
      done(null, { origin: origins.allows(request), credentials: true })) as CorsOptions;
    this.io = super.createIOServer(port, {
      ...options,
      maxHttpBufferSize: MAX_PACKET_BYTES,
      connectTimeout: CONNECT_WITHIN_MS,
      // Raw WebSocket routes answer their own upgrades.
      destroyUpgrade: false,
      allowRequest,
      cors,
    } as ServerOptions);
    // The main namespace always exists in Socket.IO; no dialect is spoken there.
    this.io.of('/').use((_socket, next) => {
      next(new Error('Invalid namespace'));
    });
    return this.io;
  }

  override bindMessageHandlers(
    socket: Socket,
    handlers: MessageMappingProperties[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    const connection = connections.get(socket);
    if (!connection) throw new Error('A gateway must register its connections as it accepts them');
    const byEvent = new Map<unknown, EventHandler>(
      handlers.map(({ message, callback }) => [
        message,
        (payload, reply) =>
          firstValueFrom(transform(callback(payload, reply)), { defaultValue: undefined }),
      ]),
    );
    const dispatcher = new EventDispatcher(socket, connection, byEvent, (eventName, error) =>
      this.logFailure(connection, eventName, error),
    );
    this.dispatchers.add(dispatcher);
    if (this.isFinishing) void dispatcher.finish();
    socket.once('disconnect', () => this.dispatchers.delete(dispatcher));
  }

  /** Takes no new event; resolves when those taken are answered. */
  async finishEvents(): Promise<void> {
    this.isFinishing = true;
    await Promise.all([...this.dispatchers].map((dispatcher) => dispatcher.finish()));
  }

  /** Closes every connection in the way that lets clients reconnect by themselves. */
  async closeConnections(): Promise<void> {
    await this.flushAnswers();
    // Not `disconnectSockets`, which tells clients to stay away, nor `io.close`, which does too.
    this.io?.engine.close();
    await until(() => this.dispatchers.size === 0);
  }

  /** Engine.IO discards what it has not handed to the transport when it closes. */
  private flushAnswers(): Promise<void> {
    return until(() => [...this.dispatchers].every(({ isFlushed }) => isFlushed));
  }

  private logFailure(connection: SocketIoConnection, eventName: string, error: ChatError): void {
    const { dialect, identity, id } = connection;
    const entry = {
      event: 'WS_ERROR',
      dialect: dialect.name,
      type: eventName,
      code: error.code,
      userId: identity.userId,
      connectionId: id,
    };
    if (error.code === 'INTERNAL') this.events.error({ ...entry, error: error.cause });
    else this.events.debug(entry);
  }
}

/** Resolves when the condition holds, or when a stopping service has waited long enough for it. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + CLOSE_WITHIN_MS;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
}
