import { crossed } from './crossing.js';
import { io as io4_8, type ManagerOptions, type SocketOptions } from 'socket.io-client';
import { io as io4_5 } from 'socket.io-client-4.5.4';
import { Inbox, type Received } from './inbox.js';
import { within } from './patience.js';

export type ClientOptions = Partial<ManagerOptions & SocketOptions> & {
  readonly version?: '4.8.4' | '4.5.4';
  /** `/chat`, or `/` for root. */
  readonly namespace?: string;
};

type Json = Record<string, unknown>;
/** What tests read of an ack: anything a dialect may answer. */
export type Ack = Json & {
  success: boolean;
  error?: { code: string; message: string; details?: { field: string }[]; retryAfter?: number };
};

/** A socket.io client that keeps every event until a test asks for it: none is missed. */
export class ChatClient {
  readonly socket: ReturnType<typeof io4_8>;
  private readonly inbox = new Inbox();

  constructor(
    url: string,
    token: string,
    { version = '4.8.4', namespace = '/chat', ...options }: ClientOptions = {},
  ) {
    const io = version === '4.8.4' ? io4_8 : (io4_5 as unknown as typeof io4_8);
    this.socket = io(`${url}${namespace}`, { auth: { token }, forceNew: true, ...options });
    this.socket.onAny((event: string, payload: Json) => this.inbox.receive({ event, payload }));
  }

  connected(): Promise<void> {
    if (this.socket.connected) return Promise.resolve();
    return within(
      'a connection',
      new Promise((resolve, reject) => {
        this.socket.once('connect', () => resolve());
        this.socket.once('connect_error', reject);
      }),
    );
  }

  /** The error the server refused the connection with. */
  refused(): Promise<Error & { data?: Json }> {
    return within(
      'a refusal',
      new Promise((resolve, reject) => {
        this.socket.once('connect_error', resolve);
        this.socket.once('connect', () => reject(new Error('The connection was accepted')));
      }),
    );
  }

  /** It was refused, or is connected no longer. */
  gone(): Promise<unknown> {
    return within(
      'a refusal or a disconnect',
      new Promise((resolve) => {
        this.socket.once('connect_error', resolve);
        this.socket.once('disconnect', resolve);
      }),
    );
  }

  disconnected(): Promise<string> {
    if (!this.socket.connected) return Promise.resolve('already');
    return within(
      'a disconnect',
      new Promise((resolve) => this.socket.once('disconnect', resolve)),
    );
  }

  /** Emits and resolves with the ack, whatever it says. */
  request(event: string, payload?: unknown): Promise<Ack> {
    const answer = new Promise<Ack>((resolve) => this.socket.emit(event, payload, resolve));
    return within(`the ack of ${event}`, answer);
  }

  /** As `request`, but fails the test unless the ack says success. */
  async expect(event: string, payload?: unknown): Promise<Ack> {
    const ack = await this.request(event, payload);
    if (!ack.success) throw new Error(`${event} failed: ${JSON.stringify(ack)}`);
    return ack;
  }

  join(conversationId: number | string, afterSeq?: number): Promise<Ack> {
    return this.expect('conversation:join', {
      conversationId,
      ...(afterSeq !== undefined && { afterSeq }),
    });
  }

  send(conversationId: number | string, content: string, fields: Json = {}): Promise<Ack> {
    return this.expect('message:send', { conversationId, content, ...fields });
  }

  /** Everything received so far, in order, taken or not. */
  get log(): readonly Received[] {
    return this.inbox.log;
  }

  /** The next event of that name not taken yet that fits, now or later. */
  next(event: string, fits: (payload: Json) => boolean = () => true): Promise<Json> {
    return this.inbox.next(event, fits);
  }

  /**
   * Everything that reached this client up to now: a round trip to the server and back has
   * passed all events sent before it. For asserting that something did not come.
   */
  async settled(): Promise<readonly Received[]> {
    await crossed();
    await this.request('conversation:list');
    return this.log;
  }

  received(event: string): Json[] {
    return this.log.filter((entry) => entry.event === event).map(({ payload }) => payload);
  }

  close(): void {
    this.socket.disconnect();
  }
}
