import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** As Engine.IO answers for a session that it does not know. */
const UNKNOWN = 'Session ID unknown';
const UNKNOWN_JSON = JSON.stringify({ code: 1, message: UNKNOWN });

/**
 * Of one connection, and not of what goes over it. A client that wants its own closed must not have
 * the one between workers closed: what is still written to it then, be it nothing, would fail.
 */
const OF_THE_CONNECTION = ['connection', 'keep-alive'];
/** How the body is cut is told anew on the way back; on the way there it tells how to cut it. */
const OF_THE_ANSWER = [...OF_THE_CONNECTION, 'transfer-encoding'];

/** Passes requests on to the worker whose session they name, and its answers back. */
export class SessionPassage {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<() => void>();
  private whenEmpty: () => void = () => undefined;

  /** A request of polling. `path` is the other worker's socket. */
  request(incoming: IncomingMessage, response: ServerResponse, path: string): void {
    const outgoing = httpRequest({
      socketPath: path,
      agent: this.agent,
      method: incoming.method,
      path: incoming.url,
      headers: without(OF_THE_CONNECTION, incoming.rawHeaders),
    });
    const done = this.begin(() => response.destroy());
    response.once('close', () => {
      outgoing.destroy();
      done();
    });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, without(OF_THE_ANSWER, answer.rawHeaders));
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(400, { 'Content-Type': 'application/json' }).end(UNKNOWN_JSON);
    });
    incoming.pipe(outgoing);
  }

  /** An upgrade, and everything that follows it for as long as the socket is open. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, path: string): void {
    const other = connect(path);
    const done = this.begin(() => socket.destroy());
    let last = REFUSAL;
    other.once('connect', () => {
      // In one piece: a second write to one that has refused already would lose its answer.
      other.write(Buffer.concat([Buffer.from(headOf(incoming), 'latin1'), head]));
      socket.pipe(other).pipe(socket);
    });
    other.once('data', () => (last = ''));
    // `close` follows an error, on either side.
    other.on('error', () => undefined);
    socket.on('error', () => undefined);
    other.once('close', () => socket.end(last, () => socket.destroy()));
    socket.once('close', () => {
      other.destroy();
      done();
    });
  }

  /** Resolves when nothing is under way any more, at the latest after that time: then it is cut. */
  async close(withinMs: number): Promise<void> {
    const isEmpty = new Promise<void>((resolve) => (this.whenEmpty = resolve));
    const late = new Promise((resolve) => setTimeout(resolve, withinMs).unref());
    if (this.underWay.size > 0) await Promise.race([isEmpty, late]);
    for (const cut of this.underWay) cut();
    this.agent.destroy();
  }

  private begin(cut: () => void): () => void {
    this.underWay.add(cut);
    return () => {
      this.underWay.delete(cut);
      if (this.underWay.size === 0) this.whenEmpty();
    };
  }
}

/** As Engine.IO refuses an upgrade. */
const REFUSAL = [
  'HTTP/1.1 400 Bad Request',
  'Connection: close',
  'Content-type: text/html',
  `Content-Length: ${UNKNOWN.length}`,
  '',
  UNKNOWN,
].join('\r\n');

function* pairs(rawHeaders: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    yield [rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''];
  }
}

const without = (names: readonly string[], rawHeaders: readonly string[]): string[] =>
  [...pairs(rawHeaders)].filter(([name]) => !names.includes(name.toLowerCase())).flat();

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [...pairs(rawHeaders)].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`;
}
