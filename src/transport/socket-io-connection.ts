import type { Socket } from 'socket.io';
import type { Identity } from '../core/model/identity.js';
import type { Connection, Dialect } from '../realtime/connection.js';
import type { Frames } from '../realtime/frames.js';
import { EventLane } from './event-lane.js';
import type { FailureWording } from './reply.js';

/** A dialect spoken over Socket.IO. */
export interface SocketIoDialect extends Dialect {
  readonly failures: FailureWording;
  /**
   * Whether an event may be under way together with its neighbours (see `EventLane`): only where
   * nothing but the log decides its order. The payload is not validated yet.
   */
  mayOverlap(eventName: string, payload: unknown): boolean;
}

/** Engine.IO's packet type of a message, which is also the prefix of its WebSocket frame. */
export const ENGINE_MESSAGE = '4';

/** The first character of an event packet (Socket.IO protocol v5), then the namespace. */
export const eventPacket = (namespace: string, name: string, payload: unknown): string =>
  `2${namespace === '/' ? '' : `${namespace},`}${JSON.stringify([name, payload])}`;

/** The parts of Engine.IO's socket that writing pre-encoded frames leans on (engine.io 6.6). */
interface EngineSocket {
  readonly readyState: string;
  readonly upgrading: boolean;
  readonly transport: {
    readonly name: string;
    readonly perMessageDeflate?: unknown;
  };
  write(data: string, options?: { wsPreEncodedFrame?: Buffer[]; compress?: boolean }): void;
}

export class SocketIoConnection implements Connection {
  readonly id: string;
  readonly lane = new EventLane();

  constructor(
    private readonly socket: Socket,
    readonly dialect: SocketIoDialect,
    readonly identity: Identity,
  ) {
    this.id = socket.id;
  }

  get isExpired(): boolean {
    return Date.now() >= this.identity.expiresAt;
  }

  /**
   * One write for all frames where the transport is a plain WebSocket; one packet each where it
   * is polling, or about to be upgraded, or compressed.
   */
  write(frames: Frames): void {
    if (!this.socket.connected) return;
    const engine = this.socket.conn as unknown as EngineSocket;
    if (engine.readyState !== 'open') return;
    const { transport } = engine;
    if (transport.name === 'websocket' && !engine.upgrading && !transport.perMessageDeflate) {
      engine.write(frames.texts[0] ?? '', { wsPreEncodedFrame: [frames.merged] });
      return;
    }
    for (const text of frames.texts) engine.write(text);
  }

  /** Ends the connection for good: the client does not come back by itself. */
  disconnect(): void {
    this.socket.disconnect(true);
  }
}
