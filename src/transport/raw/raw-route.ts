import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { match } from 'path-to-regexp';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';

/** Bytes of one frame: a full batch of ordinary messages fits. */
const MAX_FRAME_BYTES = 256 * 1024;
/** Little that comes in can be much to inflate: less of it is taken. */
const COMPRESSED = { perMessageDeflate: true, maxPayload: 64 * 1024 };
/** How long a client has to answer a close, and a slow one to read what was left for it. */
const CLOSE_WITHIN_MS = 10_000;

/** What stands in the upgrade request. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** The path's `:params`. */
  readonly params: Readonly<Partial<Record<string, string>>>;
  /** To be called once the client's user is known: until then its handshake is under way. */
  readonly settle: () => void;
}

export interface RawRouteOptions {
  /** The subprotocol to accept and echo, where a client offers it. */
  readonly subprotocol?: string;
  /** Whether offering that subprotocol asks for compression, too. */
  readonly isCompressionAsked?: boolean;
  readonly maxFrameBytes?: number;
}

/** What becomes of a client once its socket is open. */
export type Entrance = (socket: WebSocket) => void;

/** Decides about a client while its handshake waits; never rejects. */
type Admit = (handshake: Handshake, wire: Duplex) => Promise<Entrance>;

/**
 * One path where a raw dialect is spoken: to Nest, the server of a gateway. Emits `connection`
 * with the connection once the client's user is known.
 */
export class RawRoute extends EventEmitter {
  private readonly matchPath: ReturnType<typeof match<Partial<Record<string, string>>>>;
  private plain: WebSocketServer | null = null;
  private compressing: WebSocketServer | null = null;
  private subprotocol: string | undefined;
  private admit: Admit | null = null;

  constructor(readonly path: string) {
    super();
    // To the letter, as whatever guards paths in front of us reads them.
    this.matchPath = match(path, { sensitive: true });
  }

  /** Opens the route; before that, it takes nobody. */
  serve(options: RawRouteOptions, admit: Admit): void {
    const { subprotocol, maxFrameBytes = MAX_FRAME_BYTES } = options;
    // `closeTimeout` is newer than the types.
    const common: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      maxPayload: maxFrameBytes,
      closeTimeout: CLOSE_WITHIN_MS,
      handleProtocols: (offered) =>
        subprotocol !== undefined && offered.has(subprotocol) ? subprotocol : false,
    };
    this.plain = new WebSocketServer(common);
    // Every browser offers compression with every connection, and it costs memory and shared
    // writes: only who names it as the subprotocol has asked for it.
    this.compressing = options.isCompressionAsked
      ? new WebSocketServer({ ...common, ...COMPRESSED })
      : null;
    this.subprotocol = subprotocol;
    this.admit = admit;
  }

  /** The path's params, or null where the path is another. */
  paramsOf(pathname: string): Handshake['params'] | null {
    const found = this.admit && this.matchPath(pathname);
    return found ? found.params : null;
  }

  async upgrade(
    handshake: Handshake,
    wire: Duplex,
    head: Buffer,
    onOpened: (socket: WebSocket) => void,
  ): Promise<void> {
    const enter = await this.admit?.(handshake, wire);
    const server = this.asksForCompression(handshake.request) ? this.compressing : this.plain;
    server?.handleUpgrade(handshake.request, wire, head, (socket) => {
      onOpened(socket);
      enter?.(socket);
    });
  }

  /** Called by Nest as it closes; the sockets are closed by `RawServer`. */
  close(done: () => void): void {
    done();
  }

  private asksForCompression({ headers }: IncomingMessage): boolean {
    if (!this.compressing || this.subprotocol === undefined) return false;
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',');
    return offered.some((protocol) => protocol.trim() === this.subprotocol);
  }
}
