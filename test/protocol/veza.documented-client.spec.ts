import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { runSample } from '../support/documents.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { connectionSamples, VezaWorld } from '../support/veza-documents.js';
import {
  ask,
  bareId,
  invalid,
  MESSAGE_ID,
  MOMENT,
  toReader,
  userData,
} from '../support/veza-shapes.js';

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

function newWorld(origin = () => app.url): VezaWorld {
  const world = new VezaWorld(origin);
  after.add(() => world.close());
  return world;
}

let lastRoom = 0;
async function roomOf(...users: TestUser[]): Promise<string> {
  const slug = `documented-${++lastRoom}`;
  await app.conversation(users, { slug });
  return slug;
}

/** The class, connected and joined. */
async function enter(user: TestUser, room: string) {
  const world = newWorld();
  const client = world.vezaWebSocket(await tokenFor(user));
  await client.connect();
  client.joinRoom(room);
  await world.next('frame:room_joined');
  return { world, client };
}

describe('document 3’s VezaWebSocket', () => {
  it('connects, joins, sends, and gives to its application what everybody says', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const room = await roomOf(alice, bob);
    const [a, b] = [await enter(alice, room), await enter(bob, room)];
    a.client.sendMessage(room, 'Bonjour');
    a.client.sendMessage(room, 'à vous', 'voice');
    for (const { world } of [a, b]) {
      for (const content of ['Bonjour', 'à vous']) {
        const { user_id: userId, username } = userData(alice);
        expect(await world.next('message')).toStrictEqual({
          roomId: room,
          content,
          userId,
          username,
          timestamp: MOMENT,
        });
      }
    }
    expect((await b.world.next('frame:message_received')).data).toMatchObject({
      message_id: MESSAGE_ID,
      message_type: 'text',
    });
    const voice = await b.world.next('frame:message_received');
    expect(voice.data).toMatchObject({ message_type: 'voice' });
  });

  it('is told who types, who comes and who goes', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const room = await roomOf(alice, bob);
    const { world } = await enter(alice, room);
    const other = await app.veza(bob);
    expect(await world.next('user_online', (d) => d.username === 'bob')).toStrictEqual(
      userData(bob),
    );
    for (const [type, isTyping] of [
      ['typing_start', true],
      ['typing_stop', false],
    ] as const) {
      other.send(type, { room_id: room });
      const { user_id: userId, username } = userData(bob);
      expect(await world.next('typing')).toStrictEqual({
        roomId: room,
        userId,
        username,
        isTyping,
      });
    }
    other.close();
    expect(await world.next('user_offline')).toStrictEqual(userData(bob));
  });

  it('leaves, and hears no more', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const room = await roomOf(alice, bob);
    const [a, b] = [await enter(alice, room), await enter(bob, room)];
    b.client.leaveRoom(room);
    await b.world.next('frame:room_left');
    a.client.sendMessage(room, 'unheard');
    await a.world.next('message');
    b.client.joinRoom(room);
    await b.world.next('frame:room_joined');
    expect(b.world.received('message')).toEqual([]);
  });

  it('writes to a user, who is told by private_message', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const reader = await app.veza(bob);
    const { client, world } = await enter(alice, await roomOf(alice));
    client.userId = String(alice.id);
    client.sendPrivateMessage(String(bob.id), "Salut ! Tu veux qu'on parle ?");
    const content = "Salut ! Tu veux qu'on parle ?";
    expect(await reader.next('private_message')).toStrictEqual(toReader(bob, alice, { content }));
    // As `message`, which its application shows.
    expect(await world.next('message')).toMatchObject({ content, userId: String(alice.id) });
  });

  it('reports a message, and sees it moderated', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const room = await roomOf(alice, bob);
    const { client, world } = await enter(alice, room);
    const other = await app.veza(bob);
    const data = { room_id: room, content: 'insult' };
    const { message_id } = await ask(other, 'message', data, 'message_received');
    client.reportMessage(String(message_id), 'inappropriate');
    expect((await world.next('frame:report_received')).data).toMatchObject({ message_id });
    const moderator = await app.as(someone('mod', ['moderator']));
    await moderator.delete(`/messages/${bareId({ message_id })}`);
    expect(await world.next('moderation')).toMatchObject({ action: 'message_deleted', message_id });
  });

  it('hands errors to its application by their codes', async () => {
    const limited = await startApp({ RATE_LIMIT_VEZA: '1/1m' });
    after.add(() => limited.stop());
    const world = newWorld(() => limited.url);
    const client = world.vezaWebSocket(await tokenFor(someone('alice')));
    await client.connect();
    const secret = await limited.conversation([someone('owner')], { slug: 'secret' });
    client.joinRoom(String(secret));
    expect(await world.next('auth_error')).toStrictEqual({ message: expect.any(String) });
    client.sendMessage('', 'nowhere');
    expect(await world.next('error')).toMatchObject({ data: invalid('room_id') });
    for (const content of ['within the limit', 'beyond it']) client.sendMessage('secret', content);
    expect(await world.next('rate_limit')).toStrictEqual({ retry_after: expect.any(Number) });
  });

  it('comes back by itself when the service restarts', async () => {
    const first = await startApp();
    let origin = first.url;
    const world = newWorld(() => origin);
    const client = world.vezaWebSocket(await tokenFor(someone('alice')));
    await client.connect();
    await world.next('open');
    origin = app.url;
    await first.stop();
    expect(await world.next('close')).toEqual({ code: 1012 });
    expect(await world.retry()).toBe(1_000);
    await world.next('frame:auth_success', () => world.received('open').length === 2);
    expect(client.reconnectAttempts).toBe(0);
    client.joinRoom(await roomOf(someone('owner')));
    // Somebody else’s room: the new connection answers.
    await world.next('auth_error');
  });

  it('opens with a bad token, and is closed with 1008 after auth_error', async () => {
    const world = newWorld();
    await world.vezaWebSocket('bad').connect();
    expect(await world.next('frame:auth_error')).toMatchObject({
      data: { error: 'invalid_token', code: 401 },
    });
    expect(await world.next('close')).toEqual({ code: 1008 });
  });
});

describe('document 3’s two ways to bring a token', () => {
  it.each([
    ['in the URL', 0],
    ['in a frame', 1],
  ])('%s', async (_, index) => {
    const alice = someone('alice');
    const sample = connectionSamples(await tokenFor(alice))[index] ?? '';
    const world = newWorld();
    runSample(sample, world.globals, 'ws') as WebSocket;
    const { data } = await world.next('frame:auth_success');
    expect(data).toMatchObject({ ...userData(alice), permissions: ['read:chat', 'write:chat'] });
  });
});
