import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { TestApp } from './app.js';
import type { Closed } from './frame-client.js';
import { Inbox } from './inbox.js';
import { within } from './patience.js';

/** A client of `/live/ws`: what is relayed there need not be JSON. */
export class RelayClient {
  readonly socket: WebSocket;
  private readonly inbox = new Inbox();
  private readonly closing: Promise<Closed>;

  private constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data: Buffer, isBinary) =>
      this.inbox.receive({ event: 'text', payload: { text: data.toString(), isBinary } }),
    );
    this.closing = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static async connect(
    { url }: TestApp,
    options: ClientOptions = {},
    query = '',
  ): Promise<RelayClient> {
    const client = new RelayClient(`${url.replace('http', 'ws')}/live/ws${query}`, options);
    await once(client.socket, 'open');
    return client;
  }

  send(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** The text that comes next. */
  async next(): Promise<string> {
    const { text, isBinary } = await this.inbox.next('text');
    if (isBinary) throw new Error('A binary frame came');
    return String(text);
  }

  /** Everything that came, taken or not. */
  get texts(): unknown[] {
    return this.inbox.log.map(({ payload }) => payload.text);
  }

  closed(): Promise<Closed> {
    return within('a close', this.closing);
  }
}
