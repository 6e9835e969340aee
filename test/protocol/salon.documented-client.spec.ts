import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  DocumentedWorld,
  RenderedHook,
  type DocumentedClient,
} from '../support/salon-documents.js';
import { between, contentsOf, inRoom, messagesOf } from '../support/salon-shapes.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';

const TYPES = ['join_room_ack', 'room_message', 'direct_message', 'message_history', 'error'];

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

let lastRoom = 0;
async function publicRoom(): Promise<string> {
  const slug = `documented-${++lastRoom}`;
  await app.conversation([someone('owner')], { type: 'public', slug });
  return slug;
}

/** The document's class, connected. */
async function connect(user: TestUser, origin = () => app.url) {
  const world = new DocumentedWorld(origin);
  const client: DocumentedClient = new world.WebSocketClient(await tokenFor(user));
  world.listen(client, ...TYPES);
  client.connect();
  await world.next('open');
  return { world, client };
}

describe('document 4’s WebSocketClient', () => {
  it('joins, sends, receives and reads the history', async () => {
    const room = await publicRoom();
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await connect(alice), await connect(bob)];
    for (const { client, world } of [a, b]) {
      client.joinRoom(room);
      expect(await world.next('join_room_ack')).toMatchObject({ room, success: true });
    }
    a.client.sendRoomMessage(room, 'Bonjour');
    for (const { world } of [a, b]) {
      const message = await world.next('room_message');
      expect(message).toStrictEqual(inRoom(room, alice, { content: 'Bonjour' }));
    }
    b.client.getRoomHistory(room);
    expect(contentsOf(messagesOf(await b.world.next('message_history')))).toEqual(['Bonjour']);
  });

  it('writes to a user, and both sides see it', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await connect(alice), await connect(bob)];
    // Known once the other’s connection is answered.
    b.client.getRoomHistory('nowhere');
    await b.world.next('error');
    a.client.sendDirectMessage(bob.id, 'Salut');
    for (const { world } of [a, b]) {
      const message = await world.next('direct_message');
      expect(message).toStrictEqual(between(alice, bob, { content: 'Salut' }));
    }
  });

  it('finds the name of a missing room where its document looks for it', async () => {
    const { client, world } = await connect(someone('alice'));
    client.joinRoom('nonexistent_room');
    const { code, details } = await world.next('error');
    expect(code).toBe('ROOM_NOT_FOUND');
    expect(details).toMatchObject({ room: 'nonexistent_room' });
  });

  it('comes back by itself when the service restarts', async () => {
    const first = await startApp();
    let origin = first.url;
    const { client, world } = await connect(someone('alice'), () => origin);
    origin = app.url;
    await first.stop();
    expect(await world.next('close')).toEqual({ code: 1012 });
    expect(await world.retry()).toBe(1_000);
    await world.next('open');
    expect(client.reconnectAttempts).toBe(0);
    const room = await publicRoom();
    client.joinRoom(room);
    expect(await world.next('join_room_ack')).toMatchObject({ room });
  });

  it('is told AUTH_FAILED before the connection with a bad token closes', async () => {
    const world = new DocumentedWorld(() => app.url);
    const client = new world.WebSocketClient('bad');
    world.listen(client, 'error');
    client.connect();
    expect(await world.next('error')).toMatchObject({ code: 'AUTH_FAILED' });
    expect(await world.next('close')).toEqual({ code: 1008 });
  });
});

describe('document 4’s hook', () => {
  async function mount(user: TestUser) {
    const world = new DocumentedWorld(() => app.url);
    const component = new RenderedHook(world, await tokenFor(user));
    await world.next('open');
    return { world, component, ...component.render() };
  }

  it('shows what is said, the sender’s own words once, and what was said before above it', async () => {
    const room = await publicRoom();
    const [alice, bob] = [someone('alice'), someone('bob')];
    const earlier = await app.salon(alice);
    await earlier.request('room_message', { room, content: 'earlier' }, 'room_message');

    const a = await mount(alice);
    a.world.listen(a.client, 'join_room_ack');
    a.joinRoom(room);
    await a.world.next('join_room_ack');
    a.sendMessage(room, 'mine');
    await a.component.shows(({ messages }) => messages.length === 1);

    const b = await app.salon(bob);
    await b.join(room);
    b.send('room_message', { room, content: 'yours' });
    b.send('direct_message', { to_user_id: alice.id, content: 'and to you alone' });
    await a.component.shows(({ messages }) => messages.length === 3);
    a.client.getRoomHistory(room, 50, 2);
    const { messages } = await a.component.shows((state) => state.messages.length === 4);
    expect(contentsOf(messages)).toEqual(['earlier', 'mine', 'yours', 'and to you alone']);
  });

  it('disconnects when it is unmounted, and the others are told', async () => {
    const room = await publicRoom();
    const [alice, bob] = [someone('alice'), someone('bob')];
    const witness = await app.salon(bob);
    await witness.join(room);
    const a = await mount(alice);
    a.joinRoom(room);
    await witness.next('user_connected');
    a.component.unmount();
    expect(await witness.next('user_disconnected')).toMatchObject({ user_id: alice.id, room });
  });
});
