import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { RawPeer, type UpgradeFields } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

const alice = someone('alice');
const after = cleanups();
let app: TestApp;
let path: string;

beforeAll(async () => {
  app = await startApp();
  path = `/ws/chat?token=${await tokenFor(alice)}`;
});
afterAll(() => app.stop());

/** Whatever came before: others get in. */
afterEach(async () => {
  const client = await app.salon(alice);
  client.close();
});

async function dial(target: string, fields?: UpgradeFields): Promise<RawPeer> {
  const peer = await RawPeer.dial(app.url, target, fields);
  after.add(() => peer.close());
  return peer;
}

async function refusal(target: string, fields?: UpgradeFields): Promise<number> {
  const peer = await dial(target, fields);
  const status = await peer.status();
  await peer.ended();
  return status;
}

describe('an upgrade', () => {
  it('to a path that is spoken at is accepted, with or without a slash at its end', async () => {
    for (const target of [path, path.replace('?', '/?')]) {
      expect(await (await dial(target)).status()).toBe(101);
    }
  });

  it.each(
    [
      '/',
      '/ws/room',
      '/ws/chat/room',
      '/ws/chatter',
      '/chat',
      '/health/live',
      '/socket.io',
      '/socket.io?EIO=4&transport=websocket',
      '/SOCKET.IO/?EIO=4&transport=websocket',
      '/ws/%ZZ',
      '/ws/chat%',
      '/%E0%A4%A',
      '/ws/chat%00',
      '/ws//chat',
      '//ws/chat',
      '//elsewhere.example/ws/chat',
      '/WS/chat',
      '//[',
      `/${'x'.repeat(8_000)}`,
    ].map((target) => [target.slice(0, 40), target]),
  )('to %s finds nothing: 404, and the socket is closed', async (_, target) => {
    expect(await refusal(target)).toBe(404);
  });

  it.each(['http://[', 'http://:0:0/'])('to %s, which is no address: 400', async (target) => {
    expect(await refusal(target)).toBe(400);
  });

  it('is found by its path alone, whatever host the request line names', async () => {
    expect(await (await dial(`http://elsewhere.example${path}`)).status()).toBe(101);
  });

  it.each<[string, UpgradeFields, number]>([
    ['another method', { method: 'POST', headers: { 'Content-Length': '0' } }, 405],
    ['a version before the standard', { headers: { 'Sec-WebSocket-Version': '7' } }, 400],
    ['no version', { headers: { 'Sec-WebSocket-Version': null } }, 400],
    ['no key', { headers: { 'Sec-WebSocket-Key': null } }, 400],
    ['a key that is none', { headers: { 'Sec-WebSocket-Key': 'short' } }, 400],
    ['another protocol', { headers: { Upgrade: 'h2c' } }, 400],
    ['subprotocols that are none', { headers: { 'Sec-WebSocket-Protocol': 'a,,b' } }, 400],
  ])('with %s is answered', async (_, fields, status) => {
    expect(await refusal(path, fields)).toBe(status);
  });

  it('that breaks off harms nobody', async () => {
    const peers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.connect(app.url)));
    peers.forEach((peer, index) => {
      peer.write(`GET ${index % 2 ? path : '/nowhere'} HTTP/1.1\r\nUpgrade: websocket\r\n`);
      if (index % 4 < 2) peer.write('Connection: Upgrade\r\n\r\n');
      peer.close();
    });
    await Promise.all(peers.map((peer) => peer.ended()));
  });
});

describe('the origin of an upgrade', () => {
  const ALLOWED = 'https://app.example.org';
  let strict: TestApp;
  beforeAll(async () => void (strict = await startApp({ CORS_ORIGINS: ALLOWED })));
  afterAll(() => strict.stop());

  async function statusFrom(origin: string | null): Promise<number> {
    const peer = await RawPeer.dial(strict.url, path, { headers: { Origin: origin } });
    after.add(() => peer.close());
    const status = await peer.status();
    if (status !== 101) await peer.ended();
    return status;
  }

  it('may be a listed one, the service’s own, or absent', async () => {
    for (const origin of [ALLOWED, 'http://localhost', null]) {
      expect(await statusFrom(origin)).toBe(101);
    }
  });

  it.each([
    'https://evil.example',
    `${ALLOWED}.evil.example`,
    'http://app.example.org',
    'null',
    '',
  ])('may not be %j: 403', async (origin) => {
    expect(await statusFrom(origin)).toBe(403);
  });

  it('is not asked where nothing is spoken', async () => {
    const headers = { Origin: 'https://evil.example' };
    const peer = await RawPeer.dial(strict.url, '/nowhere', { headers });
    expect(await peer.status()).toBe(404);
  });
});
