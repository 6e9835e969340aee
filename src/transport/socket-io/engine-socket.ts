import type { Socket } from 'socket.io';
import { LOST_BYTES, SLOW_CONSUMER } from '../back-pressure.js';

interface EnginePacket {
  readonly data?: unknown;
  readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/** The parts of Engine.IO's socket that we lean on beyond its documented ones (engine.io 6.6). */
interface Engine {
  readonly readyState: string;
  readonly upgrading: boolean;
  readonly writeBuffer: readonly unknown[];
  readonly transport: {
    readonly name: string;
    readonly writable: boolean;
    readonly perMessageDeflate?: unknown;
    readonly socket?: { close(code: number, reason: string): void };
  };
  write(data: string, options?: { wsPreEncodedFrame?: Buffer[] }): void;
  close(discard: boolean): void;
  on(event: 'packet' | 'packetCreate', listener: (packet: EnginePacket) => void): void;
  on(event: 'flush', listener: () => void): void;
}

/** What a queued packet takes besides its text. */
const PACKET_BYTES = 128;

/** One client's Engine.IO connection, which its namespaces share. Knows how much it has to send. */
export class EngineSocket {
  private waiting = 0;
  private inFlight = 0;
  private received = 0;

  constructor(private readonly engine: Engine) {
    engine.on('packetCreate', ({ data, options }) => {
      const frame = options?.wsPreEncodedFrame?.[0];
      this.waiting += PACKET_BYTES;
      this.waiting += frame?.length ?? (typeof data === 'string' ? data.length : 0);
      // Whatever it is that is not read: refusals of strangers, too.
      if (this.queuedBytes >= 2 * LOST_BYTES) process.nextTick(() => this.hangUp(SLOW_CONSUMER));
    });
    engine.on('packet', ({ data }) => {
      if (typeof data === 'string') this.received += data.length;
    });
    engine.on('flush', () => {
      this.inFlight = this.waiting;
      this.waiting = 0;
    });
  }

  get isOpen(): boolean {
    return this.engine.readyState === 'open';
  }

  /** Bytes (of polling: characters) that the client has not taken yet. */
  get queuedBytes(): number {
    return this.waiting + (this.engine.transport.writable ? 0 : this.inFlight);
  }

  /** Characters that have come in since it was asked last. */
  takeReceivedBytes(): number {
    const { received } = this;
    this.received = 0;
    return received;
  }

  get isFlushed(): boolean {
    return this.engine.writeBuffer.length === 0;
  }

  /** Whether several frames can go out in one write: not while polling, upgrading or compressing. */
  get takesMergedFrames(): boolean {
    const { transport, upgrading } = this.engine;
    return transport.name === 'websocket' && !upgrading && !transport.perMessageDeflate;
  }

  write(text: string, merged?: Buffer): void {
    this.engine.write(text, merged && { wsPreEncodedFrame: [merged] });
  }

  /** Throws away what is queued, and closes in the way that lets the client come back. */
  hangUp({ code, reason }: { code: number; reason: string }): void {
    this.engine.transport.socket?.close(code, reason);
    this.engine.close(true);
  }
}

const engineSockets = new WeakMap<object, EngineSocket>();

/** To be called for each connection as it is made. */
export function watchEngine(conn: object): void {
  engineSockets.set(conn, new EngineSocket(conn as Engine));
}

export function engineOf({ conn }: Socket): EngineSocket {
  const known = engineSockets.get(conn);
  if (!known) throw new Error('An Engine.IO connection must be watched from its beginning');
  return known;
}
