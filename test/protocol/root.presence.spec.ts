import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { INSTANT } from '../support/chat-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

type Json = Record<string, unknown>;

describe('userStatus', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  const of =
    ({ id }: TestUser, isOnline?: boolean) =>
    (event: Json) =>
      event.userId === String(id) && (isOnline === undefined || event.isOnline === isOnline);
  const seen = (client: ChatClient, user: TestUser) =>
    client.received('userStatus').filter(of(user));

  async function leaveLobby(user: TestUser): Promise<void> {
    const rest = await app.as(user);
    const { items } = (await rest.get('/conversations')).body as { items: Json[] };
    const lobby = items.find(({ slug }) => slug === 'lobby');
    const left = await rest.delete(`/conversations/${String(lobby?.id)}/participants/${user.id}`);
    expect(left.status).toBe(204);
  }

  it('tells everybody in the lobby of the first socket in and the last one out', async () => {
    const watcher = await app.root(someone('watcher'));
    const bob = someone('bob');
    const client = await app.root(bob);
    expect(await watcher.next('userStatus', of(bob))).toStrictEqual({
      userId: String(bob.id),
      username: 'bob',
      isOnline: true,
    });
    client.close();
    expect(await watcher.next('userStatus', of(bob))).toStrictEqual({
      userId: String(bob.id),
      username: 'bob',
      isOnline: false,
      lastSeen: INSTANT,
    });
  });

  it('is silent about further sockets, until the last one goes', async () => {
    const watcher = await app.root(someone('watcher'));
    const bob = someone('bob');
    const sockets = [await app.root(bob), await app.root(bob), await app.root(bob)];
    await watcher.next('userStatus', of(bob, true));
    for (const socket of sockets.slice(0, 2)) {
      socket.close();
      await sockets[2]?.settled();
    }
    await watcher.settled();
    expect(seen(watcher, bob)).toHaveLength(1);
    sockets[2]?.close();
    await watcher.next('userStatus', of(bob, false));
    expect(seen(watcher, bob)).toHaveLength(2);
  });

  it('comes again when the user comes again', async () => {
    const watcher = await app.root(someone('watcher'));
    const bob = someone('bob');
    for (const round of [1, 2, 3]) {
      const socket = await app.root(bob);
      await watcher.next('userStatus', of(bob, true));
      socket.close();
      await watcher.next('userStatus', of(bob, false));
      expect(seen(watcher, bob)).toHaveLength(2 * round);
    }
  });

  it('is told once, however many conversations are shared, and not to oneself', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const watcher = await app.root(alice);
    await app.conversation([alice, bob]);
    await app.conversation([alice, bob]);
    const [first, second] = [await app.root(bob), await app.root(bob)];
    await watcher.next('userStatus', of(bob));
    await Promise.all([watcher, first, second].map((client) => client.settled()));
    expect(seen(watcher, bob)).toHaveLength(1);
    expect([...seen(first, bob), ...seen(second, bob)]).toEqual([]);
  });

  it('reaches who left the lobby through a shared conversation only', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [watcher, loner] = [await app.root(alice), someone('loner')];
    const stranger = await app.root(loner);
    await leaveLobby(alice);
    await leaveLobby(loner);
    await app.conversation([alice, bob]);
    await app.root(bob);
    await watcher.next('userStatus', of(bob, true));
    await stranger.settled();
    expect(seen(stranger, bob)).toEqual([]);
  });
});
