import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { gatherLive, speak, userData } from '../support/live-shapes.js';
import { RawPeer } from '../support/raw-peer.js';
import { someone, tokenFor } from '../support/tokens.js';

const LOOK_EVERY_MS = 10;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('user_joined and user_left', () => {
  it('are told once for all sockets of a user, the first and the last', async () => {
    const { place, users, clients } = await gatherLive(app, ['alice']);
    const [alice] = clients;
    const bob = someone('bob');
    const sockets = [await app.live(bob, place), await app.live(bob, place)];
    expect(await alice.next('user_joined')).toStrictEqual({ ...userData(bob), timestamp: INSTANT });
    const second = await app.live(users[0], place);
    for (const socket of sockets) {
      socket.close();
      await socket.closed();
    }
    for (const client of [alice, second]) {
      expect(await client.next('user_left')).toStrictEqual(userData(bob));
      await client.settled();
      expect(client.received('user_left')).toHaveLength(1);
    }
    expect(alice.received('user_joined')).toHaveLength(1);
    expect(second.received('user_joined')).toEqual([]);
    // Nobody is told of oneself.
    for (const socket of sockets) expect(socket.received('user_joined')).toEqual([]);
  });

  it('are told again of who comes back', async () => {
    const { place, clients } = await gatherLive(app, ['alice']);
    const bob = someone('bob');
    for (const _ of ['once', 'twice']) {
      const client = await app.live(bob, place);
      await clients[0].next('user_joined');
      client.close();
      await clients[0].next('user_left');
    }
  });

  it('are of this room alone', async () => {
    const [here, there] = [await gatherLive(app, ['alice']), await gatherLive(app, ['carol'])];
    const bob = someone('bob');
    const client = await app.live(bob, here.place);
    await here.clients[0].next('user_joined');
    await app.live(bob, there.place);
    await there.clients[0].next('user_joined');
    client.close();
    // Still online, and in the other room.
    await here.clients[0].next('user_left');
    await there.clients[0].settled();
    expect(there.clients[0].received('user_left')).toEqual([]);
  });

  it('are of those who came from elsewhere, too', async () => {
    const { id, clients } = await gatherLive(app, [null]);
    const bob = someone('bob');
    const chat = await app.connect(bob);
    await chat.expect('conversation:join', { conversationId: id });
    expect(await clients[0].next('user_joined')).toMatchObject(userData(bob));
    await chat.expect('conversation:leave', { conversationId: id });
    expect(await clients[0].next('user_left')).toStrictEqual(userData(bob));
  });

  it('are not told of who was gone before it came', async () => {
    const owner = someone('owner');
    const id = await app.conversation([owner], { type: 'public' });
    const watcher = await app.live(owner, `room/${id}`);
    const socketsBecome = async (count: number) => {
      const joined = () => app.get(Registry).room(id)?.joined.size;
      while (joined() !== count) await delay(LOOK_EVERY_MS);
    };
    // Nobody gets to the end of entering while the messages are locked.
    const session = new pg.Client({ connectionString: app.database.url });
    await session.connect();
    try {
      await session.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
      const token = await tokenFor(someone('hasty'));
      const hasty = await RawPeer.dial(app.url, `/chat/ws/room/${id}?token=${token}`);
      await socketsBecome(2);
      hasty.socket.resetAndDestroy();
      await socketsBecome(1);
    } finally {
      await session.query('ROLLBACK');
      await session.end();
    }
    const patient = await app.live(someone('patient'), `room/${id}`);
    await watcher.next('user_joined', ({ username }) => username === 'patient');
    patient.close();
    await watcher.next('user_left', ({ username }) => username === 'patient');
    const names = ['user_joined', 'user_left'].flatMap((type) => watcher.received(type));
    expect(names.map(({ username }) => username)).toEqual(['patient', 'patient']);
  });
});

describe('typing', () => {
  it('is told to the others from typing_start to typing_stop, and to none of one’s own', async () => {
    const { place, users, clients } = await gatherLive(app, ['alice', 'bob', null]);
    const [alice, ...others] = clients;
    const second = await app.live(users[0], place);
    for (const type of ['typing_start', 'typing_stop']) {
      alice.send(type, {});
      for (const client of others) {
        expect(await client.next(type)).toStrictEqual({
          ...userData(users[0]),
          timestamp: INSTANT,
        });
      }
    }
    for (const client of [alice, second]) {
      await client.settled();
      for (const type of ['typing_start', 'typing_stop', 'error']) {
        expect(client.received(type)).toEqual([]);
      }
    }
  });

  it.each<[string, (client: FrameClient) => unknown]>([
    ['with the message', (client) => speak(client, 'said')],
    ['with the connection', (client) => client.close()],
  ])('ends %s', async (_, end) => {
    const { users, clients } = await gatherLive(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    alice.send('typing_start', {});
    await bob.next('typing_start');
    const since = performance.now();
    await end(alice);
    expect(await bob.next('typing_stop')).toMatchObject(userData(users[0]));
    // Before it would have ended by itself.
    expect(performance.now() - since).toBeLessThan(5_900);
  });

  it('that was not begun does not end', async () => {
    const { clients } = await gatherLive(app, ['alice', 'bob']);
    clients[0].send('typing_stop', {});
    await clients[0].settled();
    await clients[1].settled();
    expect(clients[1].received('typing_stop')).toEqual([]);
  });

  it('is of this room alone', async () => {
    const { users, clients } = await gatherLive(app, ['alice', 'bob']);
    const elsewhere = await gatherLive(app, ['carol']);
    const there = await app.live(users[0], elsewhere.place);
    clients[0].send('typing_start', {});
    await clients[1].next('typing_start');
    await there.settled();
    await elsewhere.clients[0].settled();
    expect(elsewhere.clients[0].received('typing_start')).toEqual([]);
  });
});
