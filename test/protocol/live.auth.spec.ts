import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { FrameClient } from '../support/frame-client.js';
import {
  aMessage,
  anError,
  gatherLive,
  newSlug,
  PSEUDONYM,
  refusal,
  speak,
  UNAUTHENTICATED,
} from '../support/live-shapes.js';
import { SECRET, someone, tokenFor, type TestUser } from '../support/tokens.js';

const alice = someone('alice');
const INVALID_TOKEN = anError('Invalid token', 'AUTH_FAILED');

let app: TestApp;
let room: string;
beforeAll(async () => {
  app = await startApp();
  room = newSlug();
  await app.live(null, `room/${room}`);
});
afterAll(() => app.stop());

const path = (token: string) => `/chat/ws/room/${room}?token=${token}`;
const inQuery = (token: string) => app.dialRaw(path(token));
const inHeader = (token: string) =>
  app.dialRaw(`/chat/ws/room/${room}`, { headers: { Authorization: `Bearer ${token}` } });

const expectRefused = async (client: FrameClient) =>
  expect(await refusal(client)).toEqual({ ...UNAUTHENTICATED, errors: [INVALID_TOKEN] });

describe('the token', () => {
  it.each([
    ['in the query', inQuery],
    ['in the Authorization header', inHeader],
  ])('is taken %s', async (_, dial) => {
    const client = dial(await tokenFor(alice));
    await client.next('room_joined');
    expect(await speak(client, 'it is me')).toMatchObject({ user_id: alice.id, username: 'alice' });
  });

  it('in the query counts more than one in the header', async () => {
    const headers = { Authorization: `Bearer ${await tokenFor(alice)}` };
    await expectRefused(app.dialRaw(path('bad'), { headers }));
  });

  it('that is empty is none: it brings a visitor', async () => {
    const client = inQuery('');
    await client.next('room_joined');
    expect(await speak(client, 'hi')).toMatchObject({ user_id: null, username: PSEUDONYM });
  });

  describe.each([
    ['in the query', inQuery],
    ['in the header', inHeader],
  ])('%s is refused with `Invalid token` and 1008', (_, dial) => {
    const tokens: [string, () => string | Promise<string>][] = [
      ['garbage', () => 'a.b.c'],
      ['expired', () => tokenFor(alice, { expiresIn: -60 })],
      ['signed with another secret', () => tokenFor(alice, { secret: `${SECRET}, another` })],
      ['without its signature', async () => (await tokenFor(alice)).replace(/[^.]+$/, '')],
      ['a visitor’s', () => tokenFor({ id: 'anonymous:0123456789:x', name: 'Anonymous_x' })],
    ];
    it.each(tokens)('when it is %s', async (_what, make) => {
      await expectRefused(dial(await make()));
    });
  });

  it('is looked at before the room: who has a bad one learns nothing of rooms', async () => {
    const id = await app.conversation([someone('owner')]);
    for (const place of [`room/${id}`, 'room/123456789', 'room/0', 'video/none']) {
      await expectRefused(app.dialRaw(`/chat/ws/${place}?token=bad`));
    }
  });

  it('that is bad makes no room', async () => {
    const slug = newSlug();
    await expectRefused(app.dialRaw(`/chat/ws/room/${slug}?token=bad`));
    const { status } = await (await app.as(alice)).get(`/conversations/${slug}`);
    expect(status).toBe(404);
  });
});

describe('who a frame is from', () => {
  it('says the token, whatever the frame says', async () => {
    const { id, users, clients } = await gatherLive(app, ['alice']);
    const fields = { user_id: 1, username: 'root', id: 7, room_id: 1, timestamp: 'x' };
    const message = await speak(clients[0], 'hi', fields);
    expect(message).toStrictEqual(aMessage(id, users[0], { message: 'hi' }));
    expect(message.id).not.toBe(7);
  });

  it('is text where the id is no canonical integer', async () => {
    const user: TestUser = { id: 'auth0|7', name: 'seven' };
    const client = await app.live(user, `room/${room}`);
    expect(await speak(client, 'hi')).toMatchObject({ user_id: 'auth0|7' });
  });
});

describe('a token that expires while its socket is connected', () => {
  it('ends it with `Invalid token`: others hear that its user left, and nothing it said', async () => {
    const { place, clients } = await gatherLive(app, ['bystander']);
    const token = await tokenFor(alice, { expiresIn: 2 });
    const client = app.dialRaw(`/chat/ws/${place}?token=${token}`);
    await client.next('room_joined');
    await client.closed();
    for (const type of ['chat_message', 'typing_start', 'ping']) client.send(type, {});
    expect(client.received('error')).toStrictEqual([INVALID_TOKEN]);
    await clients[0].next('user_left');
    await clients[0].settled();
    expect(clients[0].received('user_joined')).toHaveLength(1);
    expect(clients[0].received('chat_message')).toEqual([]);
    expect(clients[0].received('typing_start')).toEqual([]);
  });
});
