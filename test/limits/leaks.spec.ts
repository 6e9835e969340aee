import { afterEach, afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { from } from '../support/live-shapes.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer, upgradeRequest } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';
import { counted, DOORS, isIn, LIVE, newAddress, POLLING, SALON, VEZA } from './support/doors.js';

const LIMIT = 4;
const PATHS = ['/ws', '/ws?token=x', '/ws/chat', '/chat/ws/room/leaks', '/live/ws'];
const ENGINE_PATH = '/socket.io/?EIO=4&transport=websocket';

let app: TestApp;
let address: string;
beforeAll(async () => {
  app = await startApp({
    TRUST_PROXY: '1',
    MAX_CONNECTIONS_PER_ADDRESS: String(LIMIT),
    MAX_PENDING_HANDSHAKES: String(20 * LIMIT),
    AUTH_TIMEOUT_MS: '300',
    PING_INTERVAL_MS: '100',
  });
});
afterAll(() => app.stop());

/** Whatever came before: nobody is counted, and as many as ever are let in. */
afterEach(async () => {
  await counted(app, { connections: 0, handshakes: 0 });
  const visits = [];
  for (const _ of range(1, LIMIT)) visits.push(await LIVE.knock(app, address));
  expect(visits.every(isIn)).toBe(true);
  await Promise.all(visits.map((visit) => visit.leave()));
  await counted(app, { connections: 0 });
}, 60_000);

const headersFrom = () => ({ headers: { 'X-Forwarded-For': (address = newAddress()) } });

describe('nobody stays counted', () => {
  it.each(DOORS.filter((door) => door !== POLLING).map((door) => [door.name, door] as const))(
    'who breaks off at %s',
    async (_, door) => {
      address = newAddress();
      for (const _round of range(1, 5)) {
        const visits = [];
        for (const _visit of range(1, LIMIT)) visits.push(await door.knock(app, address));
        expect(visits.map(isIn)).toEqual(visits.map(() => true));
        for (const visit of visits) visit.vanish();
        await counted(app, { connections: 0, handshakes: 0 });
      }
    },
  );

  it('who polls and vanishes, whether its user was known or not', async () => {
    const { headers } = headersFrom();
    const url = `${app.url}/socket.io/?EIO=4&transport=polling`;
    for (const n of range(1, LIMIT)) {
      const opened = await fetch(url, { headers });
      const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string };
      const body = `40/chat,${JSON.stringify({ token: await tokenFor(someone('vanished')) })}`;
      if (n % 2) await fetch(`${url}&sid=${sid}`, { method: 'POST', headers, body });
    }
    await counted(app, { connections: LIMIT, handshakes: LIMIT / 2 });
  }, 60_000);

  it.each([...PATHS, ENGINE_PATH])(
    'who breaks off in the middle of its handshake at %s',
    async (path) => {
      const options = headersFrom();
      for (const round of range(1, 20)) {
        const peer = await RawPeer.connect(app.url);
        peer.socket.write(upgradeRequest(path, options), () => {
          if (round % 2) peer.socket.resetAndDestroy();
          else setImmediate(() => peer.close());
        });
        await peer.ended();
      }
    },
  );

  it.each([
    ['of another version', '/socket.io/?EIO=3&transport=polling', 'GET'],
    ['of no transport', '/socket.io/?EIO=4&transport=pigeon', 'GET'],
    ['that posts', '/socket.io/?EIO=4&transport=polling', 'POST'],
    ['of a WebSocket without an upgrade', '/socket.io/?EIO=4&transport=websocket', 'GET'],
    ['of a session that is not there', '/socket.io/?EIO=4&transport=polling&sid=x', 'GET'],
  ])('with a handshake %s', async (_, path, method) => {
    const { headers } = headersFrom();
    for (const _round of range(1, 2 * LIMIT)) {
      const { status } = await fetch(app.url + path, { method, headers });
      expect(status).toBe(400);
    }
  });

  it.each([
    ['no key', { 'Sec-WebSocket-Key': null }],
    ['an old version', { 'Sec-WebSocket-Version': '7' }],
  ])('with an upgrade of %s', async (_, broken) => {
    const { headers } = headersFrom();
    for (const path of [...PATHS, ENGINE_PATH, '/socket.io/?EIO=3&transport=websocket']) {
      for (const _round of range(1, LIMIT + 1)) {
        const peer = await RawPeer.dial(app.url, path, { headers: { ...headers, ...broken } });
        expect(await peer.status()).toBe(400);
        await peer.ended();
        await counted(app, { connections: 0 });
      }
    }
  });

  it('with a bad token, or one that comes too late', async () => {
    const { headers } = headersFrom();
    for (const path of ['/ws?token=x', '/ws/chat?token=x', '/chat/ws/room/x?token=x', '/ws']) {
      const clients = range(1, LIMIT).map(() => app.dialRaw(path, { headers }));
      for (const client of clients) expect((await client.closed()).code).toBe(1008);
      await counted(app, { connections: 0, handshakes: 0 });
    }
    for (const namespace of ['/chat', '/']) {
      const options = { namespace, extraHeaders: headers };
      const clients = range(1, LIMIT).map(() => app.dial('bad', options));
      const refusals = await Promise.all(clients.map((client) => client.refused()));
      for (const { data } of refusals) expect(data).toEqual({ code: 'AUTH_FAILED' });
      for (const client of clients) client.close();
    }
  });

  it('who says nothing after its handshake: it is hung up on', async () => {
    const options = headersFrom();
    const peers = [];
    for (const _ of range(1, LIMIT)) peers.push(await RawPeer.dial(app.url, '/ws', options));
    await counted(app, { connections: LIMIT, handshakes: LIMIT });
    for (const peer of peers) await peer.ended();
  });

  it('whose connection of Engine.IO says what is none of its protocol', async () => {
    const options = headersFrom();
    for (const text of ['7', '40/chat,{', '4', '40/nowhere,']) {
      const peer = await RawPeer.dial(app.url, ENGINE_PATH, options);
      expect(await peer.status()).toBe(101);
      peer.write(clientFrame(text));
      const isClosed = () => peer.frames.some(({ opcode }) => opcode === OPCODE.close);
      if (text !== '40/nowhere,') await peer.until('a close', isClosed);
      peer.close();
    }
  }, 60_000);

  it('while its user is looked up, when it goes', async () => {
    const { headers } = headersFrom();
    for (const door of [VEZA, SALON]) {
      for (const _ of range(1, 10)) {
        const path = door === VEZA ? '/ws' : '/ws/chat';
        const token = await tokenFor(someone('hasty'));
        const peer = await RawPeer.connect(app.url);
        peer.write(upgradeRequest(`${path}?token=${token}`, { headers }));
        // A few turns of the event loop later it is somewhere in between.
        for (const _turn of range(1, Math.floor(Math.random() * 20))) {
          await new Promise(setImmediate);
        }
        peer.close();
        await peer.ended();
      }
    }
    const registry = app.get(Registry);
    while (registry.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

describe('a handshake', () => {
  it('is over once its user is known, over whatever it came', async () => {
    address = newAddress();
    const { headers = {} } = from(address);
    const user = someone('known');
    const options = { headers };
    const clients = [
      await app.salon(user, '', options),
      await app.veza(user, options),
      await app.live(null, 'room/known', options),
      await app.connect(user, { extraHeaders: headers }),
    ];
    await counted(app, { connections: 4, handshakes: 0 });
    for (const client of clients) client.close();
  });

  it('is over once a token came in its first frame', async () => {
    const client = app.dialRaw('/ws', headersFrom());
    await client.opened();
    await counted(app, { connections: 1, handshakes: 1 });
    await client.request('auth', { token: await tokenFor(someone('late')) }, 'auth_success');
    await counted(app, { connections: 1, handshakes: 0 });
    client.close();
  });

  it('may move to a WebSocket, which is no other connection', async () => {
    address = newAddress();
    const extraHeaders = { 'x-forwarded-for': address };
    const clients = [];
    for (const _ of range(1, LIMIT)) {
      const client = await app.connect(someone('mover'), { extraHeaders });
      const { engine } = client.socket.io;
      while (engine.transport.name !== 'websocket') await new Promise(setImmediate);
      clients.push(client);
    }
    await counted(app, { connections: LIMIT, handshakes: 0 });
    for (const client of clients) client.close();
  });

  it('does not move to more WebSockets than one needs', async () => {
    address = newAddress();
    const headers = { 'X-Forwarded-For': address };
    const url = '/socket.io/?EIO=4&transport=';
    const opened = await fetch(`${app.url}${url}polling`, { headers });
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string };
    const statuses = [];
    for (const _ of range(1, 10)) {
      const peer = await RawPeer.dial(app.url, `${url}websocket&sid=${sid}`, { headers });
      statuses.push(await peer.status());
      peer.close();
    }
    // Nothing is answered any more.
    expect(statuses.filter((status) => status === 101).length).toBeLessThanOrEqual(5);
    expect(statuses.slice(5)).toEqual([0, 0, 0, 0, 0]);
    await fetch(`${app.url}${url}polling&sid=${sid}`, { method: 'POST', body: '1', headers });
  }, 60_000);
});
