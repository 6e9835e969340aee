import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';

const LIMIT = 3;
const TEXT = `This connection has joined ${LIMIT} conversations; leave some first.`;
const alice = someone('alice');

let app: TestApp;
let rooms: number[];
beforeAll(async () => {
  app = await startApp({ MAX_ROOMS_PER_CONNECTION: String(LIMIT) });
  rooms = [];
  for (const _ of range(0, LIMIT)) rooms.push(await app.conversation([alice]));
});
afterAll(() => app.stop());

const [first, last] = [() => rooms[0] ?? 0, () => rooms[LIMIT] ?? 0];

describe(`${LIMIT} conversations that one connection joined`, () => {
  it('are all of `chat`, until it leaves one', async () => {
    const client = await app.connect(alice);
    for (const id of rooms.slice(0, LIMIT)) await client.join(id);
    expect(await client.request('conversation:join', { conversationId: last() })).toMatchObject({
      success: false,
      error: { code: 'CONFLICT', message: TEXT },
    });
    // Again is no more.
    await client.join(first(), 0);
    // What the user does otherwise needs no joining.
    await client.send(last(), 'from outside');
    await client.expect('conversation:leave', { conversationId: first() });
    await client.join(last());
    expect((await client.request('conversation:join', { conversationId: first() })).success).toBe(
      false,
    );
    client.close();
  });

  it('are all of `veza`, until it leaves one', async () => {
    const client = await app.veza(alice);
    for (const room_id of rooms.slice(0, LIMIT)) {
      await client.request('join_room', { room_id }, 'room_joined');
    }
    const error = await client.request('join_room', { room_id: last() }, 'error');
    expect(error).toMatchObject({ code: 1007, message: TEXT });
    await client.request('join_room', { room_id: first() }, 'room_joined');
    await client.request('leave_room', { room_id: first() }, 'room_left');
    await client.request('join_room', { room_id: last() }, 'room_joined');
  });

  it('are all of `salon`', async () => {
    const client = await app.salon(alice);
    for (const id of rooms.slice(0, LIMIT)) await client.join(id);
    const error = await client.request('join_room', { room: last() }, 'error');
    expect(error).toMatchObject({ code: 'INVALID_FORMAT', message: TEXT });
    await client.join(first());
  });

  it('do not count what a protocol reads by itself', async () => {
    const user = someone('popular');
    const friends = range(1, 2 * LIMIT).map((n) => someone(`friend ${n}`));
    for (const friend of friends) await app.conversation([user, friend], { type: 'direct' });
    const mine = [];
    for (const _ of range(0, LIMIT)) mine.push(await app.conversation([user]));
    const client = await app.veza(user);
    for (const room_id of mine.slice(0, LIMIT)) {
      await client.request('join_room', { room_id }, 'room_joined');
    }
    // Nor where it is joined all the same.
    const room_id = `private_${user.id}_${friends[0]?.id}`;
    await client.request('join_room', { room_id }, 'room_joined');
    await client.request('join_room', { room_id: mine[LIMIT] }, 'error');
    const root = await app.root(user);
    await root.expect('message', { message: 'hello', context: { roomId: mine[LIMIT] } });
  });

  it('come back with a failed join, a removal and the end of a conversation', async () => {
    const [owner, guest] = [someone('owner'), someone('guest')];
    const places = [];
    for (const _ of range(1, LIMIT)) places.push(await app.conversation([owner, guest]));
    const client = await app.connect(guest);
    for (const _ of range(1, LIMIT + 1)) {
      await client.request('conversation:join', { conversationId: 999_999 });
      await client.request('conversation:join', { conversationId: first() });
    }
    for (const id of places) await client.join(id);
    const rest = await app.as(owner);
    await rest.delete(`/conversations/${places[0]}/participants/${guest.id}`);
    await rest.delete(`/conversations/${places[1]}`);
    for (const _ of range(1, 2)) await client.join(await app.conversation([guest]));
    const third = await app.conversation([guest]);
    expect(await client.request('conversation:join', { conversationId: third })).toMatchObject({
      error: { code: 'CONFLICT' },
    });
  });

  it('are a connection’s, not its user’s', async () => {
    const clients = [await app.connect(alice), await app.connect(alice)];
    for (const client of clients) for (const id of rooms.slice(0, LIMIT)) await client.join(id);
  });
});
