import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

/** Far more than the sockets' buffers of both ends take. */
const FLOOD_BYTES = 64_000_000;
const PING = clientFrame('x'.repeat(125), { opcode: OPCODE.ping });
const PINGS = Buffer.concat(Array.from({ length: 500 }, () => PING));

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

async function dial(path: string): Promise<RawPeer> {
  const peer = await RawPeer.dial(app.url, path);
  after.add(() => peer.close());
  expect(await peer.status()).toBe(101);
  return peer;
}

async function onRaw(): Promise<RawPeer> {
  const peer = await dial(`/ws/chat?token=${await tokenFor(someone('alice'))}`);
  peer.send('ping');
  await peer.next('pong');
  return peer;
}

async function onSocketIo(): Promise<RawPeer> {
  const peer = await dial('/socket.io/?EIO=4&transport=websocket');
  const token = await tokenFor(someone('alice'));
  peer.write(clientFrame(`40/chat,${JSON.stringify({ token })}`));
  const isConnected = ({ frames }: RawPeer) =>
    frames.some(({ payload }) => payload.toString().startsWith('40/chat,'));
  await peer.until('a connection', isConnected);
  return peer;
}

/** Returns how much of the flood was taken. */
async function flood({ socket }: RawPeer): Promise<number> {
  let taken = 0;
  while (taken < FLOOD_BYTES && !socket.destroyed) {
    taken += PINGS.length;
    // Called back when it is written, and when it never will be.
    await new Promise((resolve) => socket.write(PINGS, resolve));
  }
  return taken;
}

describe.each([
  ['a raw socket', onRaw],
  ['Socket.IO', onSocketIo],
])('a peer on %s that pings and does not read the pongs', (_, connect) => {
  it('is cut off: its pongs are not kept for it', async () => {
    const peer = await connect();
    peer.socket.pause();
    expect(await flood(peer)).toBeLessThan(FLOOD_BYTES);
    await peer.ended();
  });

  it('stays as long as it reads them', async () => {
    const peer = await connect();
    const pongs = () => peer.frames.filter(({ opcode }) => opcode === OPCODE.pong).length;
    for (let n = 1; n <= 200; n++) {
      peer.write(PING);
      await peer.until('a pong', () => pongs() === n);
    }
  });
});
