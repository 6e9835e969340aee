import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

describe('user:online and user:offline', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  /** A watcher joined to a conversation whose other participant is not connected. */
  async function watching() {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const watcher = await app.connect(alice);
    await watcher.join(id);
    return { id, alice, bob, watcher };
  }
  const of = (user: TestUser) => (event: Record<string, unknown>) => event.userId === user.id;

  it('tell of the first socket in and the last socket out, whether joined or not', async () => {
    const { bob, watcher } = await watching();
    const first = await app.connect(bob);
    expect(await watcher.next('user:online', of(bob))).toStrictEqual({
      userId: bob.id,
      username: 'bob',
    });
    first.close();
    expect(await watcher.next('user:offline', of(bob))).toStrictEqual({
      userId: bob.id,
      username: 'bob',
      lastSeen: INSTANT,
    });
  });

  it('count all sockets of a user', async () => {
    const { bob, watcher } = await watching();
    const sockets = [await app.connect(bob), await app.connect(bob), await app.connect(bob)];
    await watcher.next('user:online', of(bob));
    for (const socket of sockets.slice(0, 2)) {
      socket.close();
      // The one still there answers, so the server has seen the other go or will tell below.
      await sockets[2]?.settled();
    }
    await watcher.settled();
    expect(watcher.received('user:offline')).toEqual([]);
    sockets[2]?.close();
    await watcher.next('user:offline', of(bob));
    expect(watcher.received('user:online')).toHaveLength(1);
    expect(watcher.received('user:offline')).toHaveLength(1);
  });

  it('come again when the user comes again', async () => {
    const { bob, watcher } = await watching();
    for (const round of [1, 2, 3]) {
      const socket = await app.connect(bob);
      await watcher.next('user:online', of(bob));
      socket.close();
      await watcher.next('user:offline', of(bob));
      expect(watcher.received('user:offline')).toHaveLength(round);
    }
  });

  it('are not told to the user’s own sockets, nor to strangers, nor where nobody has joined', async () => {
    const { id, alice, bob, watcher } = await watching();
    const stranger = await app.connect(someone('stranger'));
    const idle = await app.connect(alice);
    const socket = await app.connect(bob);
    await socket.join(id);
    await watcher.next('user:online', of(bob));
    const second = await app.connect(bob);
    second.close();
    await Promise.all([stranger.settled(), idle.settled(), socket.settled()]);
    for (const client of [stranger, idle, socket]) {
      expect(client.received('user:online')).toEqual([]);
      expect(client.received('user:offline')).toEqual([]);
    }
  });

  it('survive sockets that leave before they have arrived', async () => {
    const { bob, watcher } = await watching();
    const token = await tokenFor(bob);
    // Closed the moment they connect: the server is still reading who they are.
    const fleeting = Array.from({ length: 30 }, () =>
      app.dial(token, { transports: ['websocket'] }),
    );
    await Promise.all(
      fleeting.map((client) => client.connected().then(() => client.socket.io.engine.close())),
    );
    const socket = await app.connect(bob);
    await socket.settled();
    socket.close();
    const isOver = () => {
      const last = watcher.log.filter(({ event }) => event.startsWith('user:o')).at(-1);
      return last?.event === 'user:offline';
    };
    while (!isOver()) await watcher.next('user:offline', of(bob));
    expect(watcher.received('user:offline').length).toBe(watcher.received('user:online').length);
  });
});
