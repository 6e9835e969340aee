import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { gatherSalon, inRoom } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('a room’s name', () => {
  const names: [string, (room: { id: number; slug: string }) => number | string][] = [
    ['its slug', ({ slug }) => slug],
    ['its slug in capitals', ({ slug }) => slug.toUpperCase()],
    ['its id', ({ id }) => id],
    ['its id as text', ({ id }) => String(id)],
    ['room_ and its id', ({ id }) => `room_${id}`],
  ];

  it.each(names)('may be %s, and every frame repeats it as the client said it', async (_, name) => {
    const gathering = await gatherSalon(app, ['alice']);
    const bob = someone('bob');
    const [alice] = gathering.users;
    await (await app.as(bob)).get('/users/me');
    const path = `/conversations/${gathering.id}/participants/${bob.id}`;
    await (await app.as(alice)).put(path);
    const b = await app.salon(bob);
    const room = name(gathering);
    expect(await b.join(room)).toStrictEqual({
      room,
      success: true,
      message: 'Joined room successfully',
    });
    const message = { room: gathering.slug, content: 'hello' };
    await gathering.clients[0].request('room_message', message, 'room_message');
    const heard = await b.next('room_message');
    expect(heard).toStrictEqual(inRoom(room, alice, { content: 'hello' }));
    const history = await b.request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ room, total: 1 });
    const late = await app.salon(alice);
    gathering.clients[0].close();
    await late.join(gathering.slug);
    late.close();
    const presence = await b.next('user_disconnected');
    expect(presence).toStrictEqual({ room, user_id: alice.id, username: 'alice' });
  });

  it('is the one of the join, whatever a message to it says', async () => {
    const { id, slug, users, clients } = await gatherSalon(app, ['alice']);
    const [a] = clients;
    const message = { room: id, content: 'by its id' };
    const heard = await a.request('room_message', message, 'room_message');
    expect(heard).toStrictEqual(inRoom(slug, users[0], { content: 'by its id' }));
  });

  it('may be changed by joining again, without hearing anything twice', async () => {
    const { id, slug, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a, b] = clients;
    await b.join(id);
    await a.request('room_message', { room: slug, content: 'once' }, 'room_message');
    const heard = await b.next('room_message');
    expect(heard).toStrictEqual(inRoom(id, users[0], { content: 'once' }));
    await b.settled();
    expect(b.received('room_message')).toHaveLength(1);
  });
});

describe('join_room', () => {
  it('of several rooms: each is heard under its own name', async () => {
    const alice = someone('alice');
    const a = await app.salon(alice);
    const rooms = ['first', 'second', 'third'];
    for (const slug of rooms) {
      await app.conversation([someone('owner')], { type: 'public', slug });
      await a.join(slug);
    }
    for (const room of rooms) {
      const message = { room, content: `in the ${room}` };
      expect(await a.request('room_message', message, 'room_message')).toMatchObject(message);
    }
  });

  it('is answered before anything of the room is heard, and misses nothing after it', async () => {
    const { id, slug: room, clients } = await gatherSalon(app, ['alice'], { type: 'public' });
    const writer = await app.connect(someone('writer'));
    await writer.join(id);
    const writing = Promise.all(
      Array.from({ length: 100 }, (_, n) => writer.send(id, String(n + 1))),
    );
    const b = await app.salon(someone('bob'));
    await b.join(room);
    await writing;
    await clients[0].next('room_message', ({ content }) => content === '100');
    const after = await b.request('room_history', { room, limit: 100 }, 'message_history');
    expect(after).toMatchObject({ total: 100 });
    const types = b.frames.map(({ type }) => type);
    expect(types.find((type) => type !== 'pong')).toBe('join_room_ack');
    const heard = b.received('room_message').map(({ content }) => Number(content));
    const [first = 101] = heard;
    expect(heard).toEqual(Array.from({ length: 101 - first }, (_, n) => first + n));
  });

  it('of a direct conversation is possible, and changes nothing', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.salon(alice), await app.salon(bob)];
    const to = { to_user_id: bob.id };
    await a.request('direct_message', { ...to, content: 'one' }, 'direct_message');
    await b.join(`private_${alice.id}_${bob.id}`);
    await a.request('direct_message', { ...to, content: 'two' }, 'direct_message');
    for (const content of ['one', 'two']) {
      expect(await b.next('direct_message')).toMatchObject({ content });
    }
    await b.settled();
    expect(b.received('direct_message')).toHaveLength(2);
    expect(a.received('user_connected')).toEqual([]);
  });
});
