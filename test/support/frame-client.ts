import { crossed } from './crossing.js';
import { WebSocket, type ClientOptions } from 'ws';
import { Inbox, type Received } from './inbox.js';
import { within } from './patience.js';

type Json = Record<string, unknown>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export type FrameOptions = ClientOptions & { readonly subprotocols?: string[] };

/** Without the service's own pings, which clients of `veza` get at any time. */
export const withoutPings = (frames: readonly Json[]): Json[] =>
  frames.filter(({ type }) => type !== 'ping');

/** A raw WebSocket client of a JSON dialect that keeps every frame until a test asks for it. */
export class FrameClient {
  readonly socket: WebSocket;
  /** Whole frames, in order. */
  readonly frames: Json[] = [];
  private readonly inbox = new Inbox();
  private readonly closing: Promise<Closed>;

  constructor(url: string, { subprotocols = [], ...options }: FrameOptions = {}) {
    this.socket = new WebSocket(url, subprotocols, options);
    this.socket.on('message', (data) => this.receive((data as Buffer).toString()));
    this.closing = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    // `close` follows an error.
    this.socket.on('error', () => undefined);
  }

  opened(): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) return Promise.resolve();
    return within(
      'an open socket',
      new Promise((resolve, reject) => {
        this.socket.once('open', resolve);
        this.socket.once('error', reject);
      }),
    );
  }

  /** Resolves with how the connection was closed. */
  closed(): Promise<Closed> {
    return within('a close', this.closing);
  }

  /** The HTTP status that an upgrade was refused with. */
  refused(): Promise<number> {
    return within(
      'a refused upgrade',
      new Promise((resolve, reject) => {
        this.socket.once('unexpected-response', (request, response) => {
          resolve(response.statusCode ?? 0);
          request.destroy();
        });
        this.socket.once('open', () => reject(new Error('The upgrade was accepted')));
      }),
    );
  }

  /** As documents 3 and 4 have their clients do it. */
  send(type: string, data?: unknown): void {
    this.raw(JSON.stringify({ type, data, timestamp: new Date().toISOString() }));
  }

  raw(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** The `data` of the next frame of that type not taken yet that fits, now or later. */
  next(type: string, fits?: (data: Json) => boolean): Promise<Json> {
    return this.inbox.next(type, fits);
  }

  /** Sends, and resolves with the `data` of the next frame of that type. */
  async request(type: string, data: unknown, answer: string): Promise<Json> {
    this.send(type, data);
    return this.next(answer);
  }

  async join(room: number | string): Promise<Json> {
    return this.request('join_room', { room }, 'join_room_ack');
  }

  received(type: string): Json[] {
    return this.inbox.log.filter(({ event }) => event === type).map(({ payload }) => payload);
  }

  /**
   * Everything that reached this client up to now: a round trip to the server and back has passed
   * all frames sent before it. For asserting that something did not come.
   */
  async settled(): Promise<readonly Received[]> {
    await crossed();
    await this.request('ping', {}, 'pong');
    return this.inbox.log;
  }

  close(): void {
    this.socket.close();
  }

  private receive(text: string): void {
    const frame = JSON.parse(text) as Json;
    this.frames.push(frame);
    this.inbox.receive({ event: String(frame.type), payload: (frame.data ?? {}) as Json });
  }
}
