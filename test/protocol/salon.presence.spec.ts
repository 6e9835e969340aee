import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { FrameClient } from '../support/frame-client.js';
import { gatherSalon } from '../support/salon-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** A room that only its owner has entered. */
async function watched() {
  const { slug: room, users, clients } = await gatherSalon(app, ['watcher'], { type: 'public' });
  return { room, watcher: clients[0], owner: users[0] };
}

const of =
  ({ id }: TestUser) =>
  (data: Record<string, unknown>) =>
    data.user_id === id;

const heard = (client: FrameClient, user: TestUser): string[] =>
  client.frames
    .filter(({ data }) => of(user)(data as Record<string, unknown>))
    .map(({ type }) => String(type))
    .filter((type) => type.startsWith('user_'));

describe('user_connected and user_disconnected', () => {
  it('tell the others joined, once, who came and who went', async () => {
    const { room, watcher } = await watched();
    const bob = someone('bob');
    const b = await app.salon(bob);
    await b.join(room);
    const about = { user_id: bob.id, username: 'bob', room };
    expect(await watcher.next('user_connected')).toStrictEqual(about);
    b.close();
    expect(await watcher.next('user_disconnected')).toStrictEqual(about);
    await watcher.settled();
    expect(heard(watcher, bob)).toEqual(['user_connected', 'user_disconnected']);
  });

  it('are never about oneself, on any socket', async () => {
    const { room, watcher, owner } = await watched();
    const second = await app.salon(owner);
    await second.join(room);
    second.close();
    await second.closed();
    const third = await app.salon(owner);
    await third.join(room);
    for (const client of [watcher, second, third]) {
      if (client !== second) await client.settled();
      expect(heard(client, owner)).toEqual([]);
    }
  });

  it('do not tell of second sockets, nor of joining again', async () => {
    const { room, watcher } = await watched();
    const bob = someone('bob');
    const [first, second] = [await app.salon(bob), await app.salon(bob)];
    await first.join(room);
    await watcher.next('user_connected', of(bob));
    await second.join(room);
    await second.join(room);
    first.close();
    await first.closed();
    await second.settled();
    await watcher.settled();
    expect(heard(watcher, bob)).toEqual(['user_connected']);
    second.close();
    await watcher.next('user_disconnected', of(bob));
    expect(heard(watcher, bob)).toEqual(['user_connected', 'user_disconnected']);
  });

  it('come each time the user comes and goes', async () => {
    const { room, watcher } = await watched();
    const bob = someone('bob');
    for (const round of [1, 2, 3]) {
      const b = await app.salon(bob);
      await b.join(room);
      await watcher.next('user_connected', of(bob));
      b.close();
      await watcher.next('user_disconnected', of(bob));
      expect(heard(watcher, bob)).toHaveLength(2 * round);
    }
  });

  it('name each room as the reader joined it', async () => {
    const { room, watcher } = await watched();
    const other = await watched();
    await watcher.join(other.room.toUpperCase());
    const bob = someone('bob');
    const b = await app.salon(bob);
    await b.join(room);
    expect(await watcher.next('user_connected')).toMatchObject({ room });
    await b.join(other.room);
    expect(await watcher.next('user_connected')).toMatchObject({ room: other.room.toUpperCase() });
    b.close();
    const rooms = [
      await watcher.next('user_disconnected', of(bob)),
      await watcher.next('user_disconnected', of(bob)),
    ].map((data) => data.room);
    expect(new Set(rooms)).toEqual(new Set([room, other.room.toUpperCase()]));
  });

  it('tell of the socket that leaves the room when another one stays connected', async () => {
    const { room, watcher } = await watched();
    const bob = someone('bob');
    const [joined] = [await app.salon(bob), await app.salon(bob)];
    await joined.join(room);
    await watcher.next('user_connected', of(bob));
    joined.close();
    await watcher.next('user_disconnected', of(bob));
    expect(heard(watcher, bob)).toEqual(['user_connected', 'user_disconnected']);
  });

  it('are not told of strangers to the room, nor of direct conversations', async () => {
    const { watcher, owner } = await watched();
    const bob = someone('bob');
    const b = await app.salon(bob);
    await b.request('direct_message', { to_user_id: owner.id, content: 'hi' }, 'direct_message');
    b.close();
    await b.closed();
    await (await app.salon(bob)).settled();
    await watcher.settled();
    expect(heard(watcher, bob)).toEqual([]);
  });
});
