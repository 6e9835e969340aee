import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

const MAX_FRAME = 256 * 1024;
const PING = '{"type":"ping","data":{}}';

const [alice, bob] = [someone('alice'), someone('bob')];
const after = cleanups();
let app: TestApp;
let peer: RawPeer;

beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

beforeEach(async () => {
  peer = await RawPeer.dial(app.url, `/ws/chat?token=${await tokenFor(alice)}`);
  after.add(() => peer.close());
  expect(await peer.status()).toBe(101);
});

/** Whatever came before: others talk on. */
afterEach(async () => {
  const client = await app.salon(bob);
  client.close();
});

const invalid = () => peer.texts.filter(({ type }) => type === 'error');

/** Resolves once all frames before were handled. */
async function handled(): Promise<void> {
  peer.send('ping');
  await peer.next('pong');
}

const INVALID_FORMAT = { type: 'error', data: { code: 'INVALID_FORMAT' } };

describe('a frame', () => {
  it('of 256 KB is read', async () => {
    const padding = ' '.repeat(MAX_FRAME - PING.length);
    peer.write(clientFrame(PING + padding));
    await peer.next('pong');
  });

  it('of one byte more is not: 1009', async () => {
    peer.write(clientFrame(PING + ' '.repeat(MAX_FRAME - PING.length + 1)));
    expect(await peer.closeCode()).toBe(1009);
  });

  it('that says it is endless is not waited for: 1009', async () => {
    peer.write(
      Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    );
    expect(await peer.closeCode()).toBe(1009);
  });

  it('may come in fragments, with a ping between them', async () => {
    peer.write(clientFrame(PING.slice(0, 5), { isLast: false }));
    peer.write(clientFrame('are you there', { opcode: OPCODE.ping }));
    peer.write(clientFrame('', { opcode: OPCODE.continuation, isLast: false }));
    peer.write(clientFrame(PING.slice(5), { opcode: OPCODE.continuation }));
    await peer.next('pong');
    expect(peer.frames[0]).toEqual({ opcode: OPCODE.pong, payload: Buffer.from('are you there') });
  });

  it('may come byte by byte', async () => {
    peer.socket.setNoDelay(true);
    for (const byte of clientFrame(PING)) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.next('pong');
  });

  it('in fragments of more than 256 KB together: 1009', async () => {
    const half = 'x'.repeat(MAX_FRAME / 2 + 1);
    peer.write(clientFrame(half, { isLast: false }));
    peer.write(clientFrame(half, { opcode: OPCODE.continuation }));
    expect(await peer.closeCode()).toBe(1009);
  });

  it('in fragments without end, however small they are, ends: 1008', async () => {
    peer.write(clientFrame('', { isLast: false }));
    const empty = clientFrame('', { opcode: OPCODE.continuation, isLast: false });
    peer.write(Buffer.concat(Array.from({ length: 20_000 }, () => empty)));
    expect(await peer.closeCode()).toBe(1008);
  });

  it('that is binary is refused: 1003', async () => {
    peer.write(clientFrame(PING, { opcode: OPCODE.binary }));
    expect(await peer.closeCode()).toBe(1003);
  });

  it.each([
    ['a byte that is never one', [0x7b, 0xff]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character cut short', [0x22, 0xf0, 0x9f, 0xa6]],
  ])('that is not UTF-8, but %s: 1007', async (_, bytes) => {
    peer.write(clientFrame(Buffer.from(bytes)));
    expect(await peer.closeCode()).toBe(1007);
  });

  it('may be cut within a character', async () => {
    const text = Buffer.from('{"type":"ping","data":{"é":"🦜"}}');
    const middle = text.indexOf(0xa6);
    peer.write(clientFrame(text.subarray(0, middle), { isLast: false }));
    peer.write(clientFrame(text.subarray(middle), { opcode: OPCODE.continuation }));
    await peer.next('pong');
  });

  it.each([
    ['is not masked', () => clientFrame(PING, { isMasked: false })],
    ['has an opcode nobody knows', () => clientFrame(PING, { opcode: 3 })],
    ['continues nothing', () => clientFrame(PING, { opcode: OPCODE.continuation })],
    ['has a reserved bit set', () => Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['is a ping in fragments', () => clientFrame('', { opcode: OPCODE.ping, isLast: false })],
  ])('that %s breaks the protocol: 1002', async (_, frame) => {
    peer.write(frame());
    expect(await peer.closeCode()).toBe(1002);
  });

  it('after a close is not heard', async () => {
    peer.write(Buffer.concat([clientFrame('x', { opcode: OPCODE.binary }), clientFrame(PING)]));
    await peer.closeCode();
    expect(peer.texts).toEqual([]);
  });
});

describe('JSON', () => {
  /** A frame of so many levels in all; the frame itself and its `data` are two of them. */
  const nested = (levels: number) =>
    `{"type":"ping","data":{"x":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`;

  it('may nest 16 levels, and no more', async () => {
    peer.write(clientFrame(nested(16)));
    await peer.next('pong');
    expect(invalid()).toEqual([]);
    peer.write(clientFrame(nested(17)));
    expect(await peer.next('error')).toMatchObject(INVALID_FORMAT);
  });

  it.each([
    ['lists 8,000 deep', nested(8_000)],
    ['more values than any message has', `{"type":"ping","data":{"x":[${'0,'.repeat(10_000)}0]}}`],
    ['objects 8,000 deep', `${'{"x":'.repeat(8_000)}1${'}'.repeat(8_000)}`],
    ['brackets without an end', '['.repeat(100_000)],
    ['nothing', ''],
    ['no JSON', '{"type":'],
    ['a number', '42'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', '{}'],
    ['an own __proto__', '{"__proto__":{"type":"ping"}}'],
    ['an own __proto__ inside', '{"type":"ping","data":{"__proto__":{"isAdmin":true}}}'],
    ['a constructor’s prototype', '{"type":"ping","data":{"constructor":{"prototype":{}}}}'],
    ['a type that is an object', '{"type":{"toString":"ping"}}'],
    ['NUL', '{"type":"ping","data":{"x":"\\u0000"}}'],
    ['a lone surrogate', '{"type":"ping","data":{"x":"\\ud800"}}'],
    ['a byte order mark', '\ufeff{"type":"ping"}'],
  ])('that is %s is answered, and the connection stays', async (_, json) => {
    peer.write(clientFrame(json));
    expect(await peer.next('error')).toMatchObject(INVALID_FORMAT);
    await handled();
    expect(invalid()).toHaveLength(1);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'PING', ' ping', 'no_such'])(
    'of the type %s is answered, and nothing else',
    async (type) => {
      peer.send(type);
      expect(await peer.next('error')).toMatchObject(INVALID_FORMAT);
      await handled();
      expect(peer.texts.map((text) => text.type)).toEqual(['error', 'pong']);
    },
  );
});

describe('malformed frames', () => {
  it('are answered one by one, until the fiftieth within 10 s: 1008', async () => {
    for (let n = 1; n <= 49; n++) peer.write(clientFrame(n % 2 ? '{' : '[]'));
    await handled();
    expect(invalid()).toHaveLength(49);
    for (const error of invalid()) expect(error).toMatchObject(INVALID_FORMAT);
    peer.write(Buffer.concat([clientFrame('{'), clientFrame(PING)]));
    expect(await peer.closeCode()).toBe(1008);
    expect(peer.texts.filter(({ type }) => type === 'pong')).toHaveLength(1);
  });

  it('are not what is merely refused', async () => {
    for (let n = 0; n < 60; n++) peer.send('no_such_type');
    await handled();
    expect(invalid()).toHaveLength(60);
  });
});
