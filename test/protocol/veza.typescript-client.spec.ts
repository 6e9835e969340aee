import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { VezaWorld } from '../support/veza-documents.js';
import { anError, ask, bareId, invalid, join, MOMENT, userData } from '../support/veza-shapes.js';

const EVENTS = ['message', 'typing', 'user_online', 'user_offline', 'moderation', 'error'];

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

async function connect(user: TestUser, origin = () => app.url) {
  const world = new VezaWorld(origin);
  after.add(() => world.close());
  const client = world.vezaChatClient(await tokenFor(user), ...EVENTS);
  await client.connect();
  return { world, client };
}

let lastRoom = 0;
/** Two of the class's, joined to a room of theirs. */
async function together() {
  const users = [someone('alice'), someone('bobby')] as const;
  const room = `typescript-${++lastRoom}`;
  await app.conversation(users, { slug: room });
  const clients = [await connect(users[0]), await connect(users[1])] as const;
  for (const { client, world } of clients) {
    client.joinRoom(room);
    await world.next('frame:room_joined');
  }
  return { room, users, a: clients[0], b: clients[1] };
}

describe('document 3’s VezaChatClient', () => {
  it('sends and receives, and knows who is mentioned by the names in the text', async () => {
    const { room, users, a, b } = await together();
    const content = 'look here, @bobby';
    a.client.sendMessage(room, content);
    for (const { world } of [a, b]) {
      const { user_id: userId, username } = userData(users[0]);
      expect(await world.next('message')).toStrictEqual({
        roomId: room,
        content,
        userId,
        username,
        timestamp: MOMENT,
        messageType: 'text',
        mentions: [String(users[1].id)],
        attachments: [],
      });
    }
  });

  it('tells of typing until it stops', async () => {
    const { room, users, a, b } = await together();
    a.client.startTyping(room);
    a.client.stopTyping(room);
    for (const isTyping of [true, false]) {
      expect(await b.world.next('typing')).toStrictEqual({
        room_id: room,
        ...userData(users[0]),
        is_typing: isTyping,
        isTyping,
      });
    }
    expect(a.world.received('typing')).toEqual([]);
  });

  it('leaves, and hears no more', async () => {
    const { room, a, b } = await together();
    b.client.leaveRoom(room);
    await b.world.next('frame:room_left');
    a.client.sendMessage(room, 'unheard');
    await a.world.next('message');
    b.client.joinRoom(room);
    await b.world.next('frame:room_joined');
    expect(b.world.received('message')).toEqual([]);
  });

  it('disconnects and connects, and the others are told', async () => {
    const { users, a, b } = await together();
    b.client.disconnect();
    expect(await a.world.next('user_offline')).toStrictEqual(userData(users[1]));
    await b.world.next('close');
    const before = a.world.received('user_online').length;
    expect(await b.world.retry()).toBe(1_000);
    const isNew = () => a.world.received('user_online').length > before;
    const again = await a.world.next('user_online', isNew);
    await b.world.next('frame:auth_success', () => b.world.received('open').length === 2);
    expect(again).toStrictEqual(userData(users[1]));
  });

  it('is told of moderation', async () => {
    const { room, users, a, b } = await together();
    const other = await app.veza(users[1]);
    await join(other, room);
    const data = { room_id: room, content: 'insult' };
    const { message_id } = await ask(other, 'message', data, 'message_received');
    // The room's owner.
    await (await app.as(users[0])).delete(`/messages/${bareId({ message_id })}`);
    for (const { world } of [a, b]) {
      expect(await world.next('moderation')).toMatchObject({
        action: 'message_deleted',
        message_id,
        moderator_id: String(users[0].id),
        ...userData(users[1]),
      });
    }
  });

  it('is told of errors', async () => {
    const { client, world } = await connect(someone('alice'));
    client.joinRoom('nowhere');
    expect(await world.next('error')).toStrictEqual(anError(1004, 'room_not_found'));
    client.sendMessage('', 'to nobody');
    expect(await world.next('error')).toStrictEqual(invalid('room_id'));
  });

  it('comes back by itself when the service restarts', async () => {
    const first = await startApp();
    let origin = first.url;
    const { client, world } = await connect(someone('alice'), () => origin);
    await world.next('frame:auth_success');
    origin = app.url;
    await first.stop();
    expect(await world.next('close')).toEqual({ code: 1012 });
    expect(await world.retry()).toBe(1_000);
    await world.next('frame:auth_success');
    client.joinRoom('nowhere');
    expect(await world.next('error')).toMatchObject({ code: 1004 });
  });

  it('with a bad token is told auth_error before it is closed with 1008', async () => {
    const world = new VezaWorld(() => app.url);
    await world.vezaChatClient('bad').connect();
    expect(await world.next('frame:auth_error')).toMatchObject({ data: { code: 401 } });
    expect(await world.next('close')).toEqual({ code: 1008 });
  });
});
