import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import type { FrameClient } from '../support/frame-client.js';
import { OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';
import { aFrame, answerTo, say } from '../support/veza-shapes.js';

const HEARTBEATS = 4;

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp({ PING_INTERVAL_MS: '100' })));
afterAll(() => app.stop());

async function signedIn(): Promise<FrameClient> {
  const client = app.dialRaw('/ws');
  await client.opened();
  client.send('auth', { token: await tokenFor(someone('late')) });
  await client.next('auth_success');
  return client;
}

/** Resolves after that many of the WebSocket's own pings. */
function heartbeats(client: FrameClient): Promise<void> {
  let count = 0;
  return new Promise((resolve) => {
    client.socket.on('ping', () => ++count === HEARTBEATS && resolve());
  });
}

it.each([
  ['with its handshake', () => app.veza(someone('early'))],
  ['in its first frame', signedIn],
])('each heartbeat shows as a `ping` to who signed in %s, and needs no answer', async (_, dial) => {
  const client = await dial();
  let own = 0;
  client.socket.on('ping', () => own++);
  for (const _one of range(1, HEARTBEATS)) await client.next('ping');
  const pings = client.frames.filter(({ type }) => type === 'ping');
  for (const ping of pings) expect(ping).toStrictEqual(aFrame('ping', {}));
  expect(new Set(pings.map(({ id }) => id)).size).toBe(pings.length);
  expect(own).toBeGreaterThanOrEqual(HEARTBEATS - 1);
  await client.settled();
});

it('who answers with a `pong` is not answered', async () => {
  const client = await app.veza(someone('polite'));
  for (const _ of range(1, HEARTBEATS)) {
    await client.next('ping');
    say(client, 'pong', {});
  }
  const last = say(client, 'ping', {});
  await answerTo(client, last, 'pong');
  const others = client.frames.filter(({ type }) => type !== 'ping');
  expect(others.map(({ type }) => type)).toEqual(['auth_success', 'pong']);
});

it('who has not said yet who it is gets none', async () => {
  const peer = await RawPeer.dial(app.url, '/ws');
  after.add(() => peer.close());
  await peer.until('a heartbeat', ({ frames }) =>
    frames.some(({ opcode }) => opcode === OPCODE.ping),
  );
  expect(peer.texts).toEqual([]);
});

it('nor do clients of salon', async () => {
  const client = await app.salon(someone('salon'));
  await heartbeats(client);
  await client.settled();
  expect(client.received('ping')).toEqual([]);
});
