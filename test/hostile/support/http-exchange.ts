import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { within } from '../../support/patience.js';
import { toBuffer, type Bytes } from './bytes.js';
import type { HttpExpectation, HttpInput } from './corpus.js';
import { LEAK, MARKER } from './leaks.js';
import type { Scene } from './scene.js';

/** Of a pipelined response it stands right behind the body before. */
const STATUS_LINE = /HTTP\/1\.1 (\d{3}) /g;

async function dial({ service }: Scene): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // `close` follows: a server may end a connection before it has read all.
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes back until the server ends the connection. */
async function exchange(scene: Scene, bytes: Buffer): Promise<string> {
  const socket = await dial(scene);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.write(bytes);
  const received = () => Buffer.concat(chunks).toString();
  await within('the end of the connection', closed).catch((error: unknown) => {
    socket.destroy();
    throw new Error(`It stayed open after: ${received().slice(0, 500)}`, { cause: error });
  });
  return received();
}

/** Writes, and is gone. */
export async function reset(scene: Scene, bytes: Buffer): Promise<void> {
  const socket = await dial(scene);
  await new Promise((resolve) => socket.write(bytes, resolve));
  socket.resetAndDestroy();
}

interface Refusal {
  readonly code?: string;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/** The code in the last response's body, of a problem or of GraphQL's first error. */
function codeIn(received: string): string | undefined {
  const body = received.slice(received.lastIndexOf('\r\n\r\n') + 4);
  const { code, errors } = JSON.parse(body) as Refusal;
  return code ?? errors?.[0]?.extensions.code;
}

function expectAnswer(received: string, { statuses, code, has }: HttpExpectation): void {
  const got = [...received.matchAll(STATUS_LINE)].map(([, status]) => Number(status));
  const wanted = statuses.map((one, index) => {
    const actual = got[index] ?? 0;
    return [one].flat().includes(actual) ? actual : one;
  });
  expect(got, received.slice(0, 2_000)).toEqual(wanted);
  expect(got.some((status) => status >= 500)).toBe(false);
  if (code !== undefined) expect(codeIn(received)).toBe(code);
  if (has !== undefined) expect(received).toContain(has);
  if (got.every((status) => status < 400)) return;
  expect(received).not.toMatch(LEAK);
  expect(received).not.toContain(MARKER);
}

/** Sends what the input says on a connection of its own, and looks at what comes back. */
export async function attackOverHttp(
  scene: Scene,
  { send, expect: wanted }: HttpInput,
  names = scene.names,
): Promise<void> {
  const bytes = toBuffer(send, names);
  if (wanted === 'reset') return reset(scene, bytes);
  expectAnswer(await exchange(scene, bytes), wanted);
}

/** As it would be for `attackOverHttp`: the text of what one request is answered with. */
export const ask = (scene: Scene, request: Bytes): Promise<string> =>
  exchange(scene, toBuffer(request, scene.names));
