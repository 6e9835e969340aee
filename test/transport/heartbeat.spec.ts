import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import type { FrameClient } from '../support/frame-client.js';
import { clientFrame, OPCODE } from '../support/raw-frames.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

const PING_INTERVAL_MS = 200;
/** A peer that does not answer is gone by the second. */
const ENOUGH_PINGS = 5;
const LOOK_EVERY_MS = 10;

const [alice, bob] = [someone('alice'), someone('bob')];
const after = cleanups();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ PING_INTERVAL_MS: String(PING_INTERVAL_MS) });
});
afterAll(() => app.stop());

function pings(client: FrameClient): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    client.socket.on('ping', () => ++count === ENOUGH_PINGS && resolve());
  });
}

describe('a peer that does not answer pings', () => {
  it('is gone, and its user offline, while those who answer stay', async () => {
    const id = await app.conversation([alice, bob]);
    const watcher = await app.connect(alice);
    await watcher.join(id);
    const living = await app.salon(alice);
    const dead = await app.salon(bob, '', { autoPong: false });
    await watcher.next('user:online', ({ userId }) => userId === bob.id);
    const hasBeenPinged = pings(living);
    await watcher.next('user:offline', ({ userId }) => userId === bob.id);
    expect((await dead.closed()).code).toBe(1006);
    await hasBeenPinged;
    await living.settled();
    expect(living.socket.readyState).toBe(living.socket.OPEN);
  });

  it('is gone although it goes on talking', async () => {
    const peer = await RawPeer.dial(app.url, `/ws/chat?token=${await tokenFor(bob)}`);
    after.add(() => peer.close());
    const timer = setInterval(() => peer.send('ping'), LOOK_EVERY_MS);
    after.add(() => clearInterval(timer));
    await peer.ended();
    expect(peer.texts.at(-1)).toMatchObject({ type: 'pong' });
  });

  it('answers by hand as well, asked for or not', async () => {
    const peer = await RawPeer.dial(app.url, `/ws/chat?token=${await tokenFor(bob)}`);
    after.add(() => peer.close());
    const timer = setInterval(
      () => peer.write(clientFrame('', { opcode: OPCODE.pong })),
      LOOK_EVERY_MS,
    );
    after.add(() => clearInterval(timer));
    const pinged = ({ frames }: RawPeer) => frames.filter(({ opcode }) => opcode === OPCODE.ping);
    await peer.until('pings', () => pinged(peer).length >= ENOUGH_PINGS);
    peer.send('ping');
    await peer.next('pong');
  });

  it('is gone when its refusal is not answered', async () => {
    const peer = await RawPeer.dial(app.url, '/ws/chat?token=none');
    expect(await peer.closeCode()).toBe(1008);
    await peer.ended();
  });
});

describe('a peer whose user is not known yet', () => {
  /** Keeps everybody from becoming known while `body` runs. */
  async function withUsersLocked(body: () => Promise<void>): Promise<void> {
    const session = new pg.Client({ connectionString: app.database.url });
    await session.connect();
    try {
      await session.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
      await body();
    } finally {
      await session.query('ROLLBACK');
      await session.end();
    }
  }

  it('waits with its handshake, however many pings that takes', async () => {
    const client = app.dialRaw(`/ws/chat?token=${await tokenFor(someone('patient'))}`);
    await withUsersLocked(() => delay(ENOUGH_PINGS * PING_INTERVAL_MS));
    await client.opened();
    await client.settled();
  });

  it('does not stay online when it goes before', async () => {
    const registry = app.get(Registry);
    const before = registry.connectionCount;
    const peers: RawPeer[] = [];
    await withUsersLocked(async () => {
      for (const name of ['one', 'two', 'three']) {
        const token = await tokenFor(someone(name));
        peers.push(await RawPeer.dial(app.url, `/ws/chat?token=${token}`));
      }
      peers[0]?.close();
      peers[1]?.socket.resetAndDestroy();
      peers[2]?.write(clientFrame('', { opcode: OPCODE.close }));
      await delay(ENOUGH_PINGS * PING_INTERVAL_MS);
    });
    const late = await app.salon(someone('late'));
    while (registry.connectionCount > before + 1) await delay(LOOK_EVERY_MS);
    late.close();
    peers[2]?.close();
  });
});
