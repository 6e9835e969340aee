import { io, type Socket } from 'socket.io-client';
import type { Ledger } from './ledger.js';
import type { Ack } from './chat-client.js';

/** Socket.IO's packet type of an ack. */
const ACK_PACKETS = new Set<number>([3]);
const RETRY_MS = 50;

export interface TirelessOptions {
  readonly url: string;
  /** Where else it may go: it takes all of them in turns as it comes back. */
  readonly otherUrls?: readonly string[];
  readonly token: string;
  readonly name: string;
  readonly ledger: Ledger;
  readonly transports?: readonly ('websocket' | 'polling')[];
}

/**
 * A client as the documentation asks for one: it comes back by itself, asks again after
 * UNAVAILABLE, and forgets what it asked on a connection that is gone.
 */
export class TirelessClient {
  readonly socket: Socket;
  readonly name: string;
  /** Connections so far. */
  connections = 0;
  /** Requests of this connection that are not answered yet. */
  unanswered = 0;
  protected readonly ledger: Ledger;
  private readonly answered = new Set<number>();
  private attempts = 0;
  private hasFailed = false;
  private isClosed = false;

  constructor({ url, otherUrls = [], token, name, ledger, transports }: TirelessOptions) {
    this.name = name;
    this.ledger = ledger;
    this.socket = io(`${url}/chat`, {
      auth: { token },
      forceNew: true,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: 5 * RETRY_MS,
      timeout: 5_000,
      ...(transports && { transports: [...transports] }),
    });
    this.socket.on('connect', () => {
      this.connections++;
      this.unanswered = 0;
      this.onConnect?.();
      this.ledger.note();
    });
    this.socket.on('disconnect', () => {
      this.onDisconnect?.();
      this.ledger.note();
    });
    const urls = [url, ...otherUrls];
    this.socket.io.on('reconnect_attempt', () => {
      // Read as it connects, which is after this.
      Object.assign(this.socket.io, { uri: urls[++this.attempts % urls.length] });
      this.noteFailure();
    });
    this.socket.on('connect_error', (error) => {
      this.noteFailure();
      if (!this.socket.active) ledger.breach(`${name} was turned away for good: ${error.message}`);
    });
    this.socket.io.on('packet', ({ type, id }) => {
      if (ACK_PACKETS.has(type) && id !== undefined) this.noteAck(id);
    });
  }

  get isConnected(): boolean {
    return this.socket.connected;
  }

  /** For whoever has to find out why it waits. */
  get state(): string {
    const { isConnected, connections, unanswered } = this;
    return `${isConnected ? 'connected' : 'away'} (${connections}), ${unanswered} unanswered`;
  }

  async connected(): Promise<void> {
    await this.ledger.until(`${this.name} to connect`, () => this.isConnected);
  }

  /** Resolves once it has failed to connect, or lost its connection. */
  async turnedAway(): Promise<void> {
    await this.ledger.until(`${this.name} to be turned away`, () => this.hasFailed);
  }

  close(): void {
    this.isClosed = true;
    this.socket.disconnect();
  }

  /** For who has something to do then. */
  protected onConnect?(): void;

  protected onDisconnect?(): void;

  /**
   * Emits, and hands over the ack the moment it arrives, ahead of any event behind it. After
   * UNAVAILABLE it asks again; nothing is handed over once the connection has gone.
   */
  protected ask(event: string, payload: () => object, onSuccess: (ack: Ack) => void): void {
    const connection = this.connections;
    const isCurrent = () => !this.isClosed && this.isConnected && this.connections === connection;
    if (!isCurrent()) return;
    this.unanswered++;
    this.socket.emit(event, payload(), (ack: Ack) => {
      if (!isCurrent()) return;
      this.unanswered--;
      if (ack.success) {
        onSuccess(ack);
        return;
      }
      const code = ack.error?.code ?? 'none';
      this.ledger.refuse(code);
      if (code !== 'UNAVAILABLE') this.ledger.breach(`${this.name}: ${event} failed, ${code}`);
      else setTimeout(() => this.ask(event, payload, onSuccess), RETRY_MS);
    });
  }

  private noteFailure(): void {
    this.hasFailed = true;
    this.ledger.note();
  }

  /** Socket.IO's client drops a second answer silently; the books do not. */
  private noteAck(id: number): void {
    if (this.answered.has(id)) this.ledger.breach(`${this.name} got two acks for event ${id}`);
    this.answered.add(id);
  }
}
