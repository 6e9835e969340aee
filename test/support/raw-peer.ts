import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Changes } from './changes.js';
import { clientFrame, firstFrame, OPCODE, type RawFrame } from './raw-frames.js';

type Json = Record<string, unknown>;

export interface UpgradeFields {
  readonly method?: string;
  readonly httpVersion?: string;
  /** Null leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** The request that asks for a WebSocket, as far as `fields` do not spoil it. */
export function upgradeRequest(
  path: string,
  { method = 'GET', httpVersion = '1.1', headers = {} }: UpgradeFields = {},
): string {
  const all: Record<string, string | null> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/${httpVersion}`, ...lines, '', ''].join('\r\n');
}

/** A client over bare TCP. It does what the test tells it to, and nothing else: no pong, no close. */
export class RawPeer {
  readonly frames: RawFrame[] = [];
  private readonly changes = new Changes();
  private unread = Buffer.alloc(0);
  private head: string | null = null;
  private hasEnded = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('close', () => {
      this.hasEnded = true;
      this.changes.happened();
    });
    // `close` follows.
    socket.on('error', () => undefined);
  }

  static async connect(url: string): Promise<RawPeer> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  /** Connects, and asks for a WebSocket. */
  static async dial(url: string, path: string, fields?: UpgradeFields): Promise<RawPeer> {
    const peer = await RawPeer.connect(url);
    peer.write(upgradeRequest(path, fields));
    return peer;
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** A frame as documents 3 and 4 have their clients send it. */
  send(type: string, data: unknown = {}): void {
    this.write(clientFrame(JSON.stringify({ type, data })));
  }

  /** What the upgrade was answered with. */
  async status(): Promise<number> {
    await this.changes.until('an answer', () => this.head !== null || this.hasEnded);
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.head ?? '')?.[1] ?? 0);
  }

  /** The texts received so far, as JSON. */
  get texts(): Json[] {
    return this.frames
      .filter(({ opcode }) => opcode === OPCODE.text)
      .map(({ payload }) => JSON.parse(payload.toString()) as Json);
  }

  async until(what: string, holds: (peer: this) => boolean): Promise<void> {
    await this.changes.until(what, () => holds(this));
  }

  /** The first text that is of that type, now or later. */
  async next(type: string): Promise<Json> {
    const find = () => this.texts.find((text) => text.type === type);
    await this.changes.until(`a ${type}`, () => find() !== undefined);
    return find() ?? {};
  }

  /** The code of the close frame, when it comes; 1006 where the connection ends without one. */
  async closeCode(): Promise<number> {
    const find = () => this.frames.find(({ opcode }) => opcode === OPCODE.close);
    await this.changes.until('a close', () => find() !== undefined || this.hasEnded);
    return find()?.payload.readUInt16BE(0) ?? 1006;
  }

  /** Resolves when the TCP connection is gone. */
  async ended(): Promise<void> {
    await this.changes.until('the end of the connection', () => this.hasEnded);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    const end = this.unread.indexOf('\r\n\r\n');
    if (this.head === null && end >= 0) {
      this.head = this.unread.subarray(0, end).toString();
      this.unread = this.unread.subarray(end + 4);
    }
    if (this.head?.startsWith('HTTP/1.1 101')) this.takeFrames();
    this.changes.happened();
  }

  private takeFrames(): void {
    for (let found = firstFrame(this.unread); found; found = firstFrame(this.unread)) {
      this.frames.push(found.frame);
      this.unread = Buffer.from(found.rest);
    }
  }
}
