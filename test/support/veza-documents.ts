import { WebSocket } from 'ws';
import { compiled, runSample, samplesOf } from './documents.js';
import { Inbox } from './inbox.js';

type Json = Record<string, unknown>;

const ORIGIN = 'wss://chat.veza.com';

/** Document 3's first class, as far as tests use it. */
export interface VezaWebSocket {
  ws: WebSocket | null;
  /** Its private messages take it for granted. */
  userId?: string;
  readonly reconnectAttempts: number;
  connect(): Promise<void>;
  sendMessage(roomId: string, content: string, type?: string): void;
  joinRoom(roomId: string): void;
  leaveRoom(roomId: string): void;
  sendPrivateMessage(recipientId: string, content: string): void;
  reportMessage(messageId: string, reason: string): void;
}

/** Document 3's second class, as far as tests use it. */
export interface VezaChatClient {
  connect(): Promise<void>;
  on(event: string, listener: (data: Json) => void): void;
  sendMessage(roomId: string, content: string, messageType?: string): void;
  joinRoom(roomId: string): void;
  leaveRoom(roomId: string): void;
  startTyping(roomId: string): void;
  stopTyping(roomId: string): void;
  disconnect(): void;
}

function sampleWith(language: string, text: string): string {
  const sample = samplesOf('veza', language).find((candidate) => candidate.includes(text));
  if (sample === undefined) throw new Error(`No ${language} with ${text} in the document`);
  return sample;
}

/** The document declares the class in four parts, "… autres méthodes", and four methods alone. */
function vezaWebSocketSource(): string {
  const parts = samplesOf('veza', 'javascript').flatMap((sample) => {
    const [, body] = /^class VezaWebSocket \{\n([\s\S]*)^\}/m.exec(sample) ?? [];
    if (body !== undefined) return [body];
    return /^(?:\/\/.*\n)?\w+\(.*\) \{\n/.test(sample) ? [sample] : [];
  });
  if (parts.length !== 8) throw new Error(`Found ${parts.length} parts of the class, not 8`);
  return `class VezaWebSocket {\n${parts.join('\n')}\n}`;
}

/** The document's two ways to authenticate: each runs as it stands, but for the token. */
export const connectionSamples = (token: string): readonly string[] =>
  sampleWith('javascript', 'your-jwt-token')
    .replaceAll('your-jwt-token', token)
    .split(/^\/\/ Ou .*$/m);

export const chatComponentSource = (): string => compiled(sampleWith('typescript', 'React.FC'));

/** Where the document's code runs: what it does there is kept until a test asks for it. */
export class VezaWorld {
  /**
   * `open`, `close` ({code}), `retry` ({delay, again}), `frame:<type>` (the whole frame), and
   * whatever the classes emit.
   */
  private readonly inbox = new Inbox();
  readonly globals: Readonly<Record<string, unknown>>;
  private readonly sockets: WebSocket[] = [];

  /** `origin` is where the document's server is, asked at each connection. */
  constructor(origin: () => string) {
    const { inbox, sockets } = this;
    class Redirected extends WebSocket {
      constructor(url: string) {
        super(url.replace(ORIGIN, origin().replace('http', 'ws')));
        sockets.push(this);
        this.on('open', () => inbox.receive({ event: 'open', payload: {} }));
        this.on('close', (code) => inbox.receive({ event: 'close', payload: { code } }));
        this.on('message', (text: Buffer) => {
          const frame = JSON.parse(text.toString()) as Json;
          inbox.receive({ event: `frame:${String(frame.type)}`, payload: frame });
        });
      }
    }
    this.globals = {
      WebSocket: Redirected,
      console: { log: () => undefined, error: () => undefined },
      setTimeout: (again: () => void, delay: number) =>
        inbox.receive({ event: 'retry', payload: { delay, again } }),
    };
  }

  /** The class, with what the document leaves to the application that uses it. */
  vezaWebSocket(token: string): VezaWebSocket {
    const { inbox } = this;
    type Documented = new (token: string) => VezaWebSocket;
    const Base = runSample(vezaWebSocketSource(), this.globals, 'VezaWebSocket') as Documented;
    class Application extends Base {
      emit(event: string, payload: Json): void {
        inbox.receive({ event, payload });
      }
      handleUserOnline({ data }: { data: Json }): void {
        this.emit('user_online', data);
      }
      handleUserOffline({ data }: { data: Json }): void {
        this.emit('user_offline', data);
      }
      handleModerationAction({ data }: { data: Json }): void {
        this.emit('moderation', data);
      }
    }
    return new Application(token);
  }

  /** The class itself, for code that makes its own. */
  get VezaChatClient(): new (token: string) => VezaChatClient {
    const source = compiled(sampleWith('typescript', 'class VezaChatClient'));
    return runSample(source, this.globals, 'VezaChatClient') as new (
      token: string,
    ) => VezaChatClient;
  }

  /** One of that class whose events are kept here. */
  vezaChatClient(token: string, ...events: string[]): VezaChatClient {
    const client = new this.VezaChatClient(token);
    for (const event of events) {
      client.on(event, (payload) => this.inbox.receive({ event, payload }));
    }
    return client;
  }

  next(event: string, fits?: (payload: Json) => boolean): Promise<Json> {
    return this.inbox.next(event, fits);
  }

  received(event: string): Json[] {
    return this.inbox.log.filter((entry) => entry.event === event).map(({ payload }) => payload);
  }

  /** Lets the time pass that the class waits before it connects again; returns how long it was. */
  async retry(): Promise<unknown> {
    const { delay, again } = await this.next('retry');
    (again as () => void)();
    return delay;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
  }
}
