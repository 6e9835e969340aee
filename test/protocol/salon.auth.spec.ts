import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { underWayUntil } from '../support/expiry.js';
import type { FrameClient } from '../support/frame-client.js';
import { anError } from '../support/salon-shapes.js';
import { expiryOf, SECRET, someone, tokenFor, type TestUser } from '../support/tokens.js';

const alice = someone('alice');
const CLOSED = { code: 1008, reason: 'authentication failed' };

let app: TestApp;
let room: string;
beforeAll(async () => {
  app = await startApp();
  room = 'auth';
  await app.conversation([someone('owner')], { type: 'public', slug: room });
});
afterAll(() => app.stop());

const inQuery = (token: string) => app.dialRaw(`/ws/chat?token=${token}`);
const inHeader = (token: string) =>
  app.dialRaw('/ws/chat', { headers: { Authorization: `Bearer ${token}` } });

async function expectRefused(client: FrameClient): Promise<void> {
  expect(await client.closed()).toEqual(CLOSED);
  expect(client.frames.map(({ type }) => type)).toEqual(['error']);
  expect(client.received('error')).toStrictEqual([anError('AUTH_FAILED', {})]);
}

describe('the token', () => {
  it.each([
    ['in the query', inQuery],
    ['in the Authorization header', inHeader],
  ])('is taken %s', async (_, dial) => {
    const client = dial(await tokenFor(alice));
    await client.opened();
    expect(await client.join(room)).toMatchObject({ success: true });
  });

  it('in the query counts more than one in the header', async () => {
    const headers = { Authorization: `Bearer ${await tokenFor(alice)}` };
    await expectRefused(app.dialRaw('/ws/chat?token=bad', { headers }));
  });

  describe.each([
    ['in the query', inQuery],
    ['in the header', inHeader],
  ])('%s is refused with AUTH_FAILED and 1008', (_, dial) => {
    const tokens: [string, () => string | Promise<string>][] = [
      ['empty', () => ''],
      ['garbage', () => 'a.b.c'],
      ['expired', () => tokenFor(alice, { expiresIn: -60 })],
      ['signed with another secret', () => tokenFor(alice, { secret: `${SECRET}, another` })],
      ['without its signature', async () => (await tokenFor(alice)).replace(/[^.]+$/, '')],
    ];
    it.each(tokens)('when it is %s', async (_what, make) => {
      await expectRefused(dial(await make()));
    });
  });

  it('is refused when it is missing, and so is one in a frame', async () => {
    const client = app.dialRaw('/ws/chat');
    await client.opened();
    client.send('auth', { token: await tokenFor(alice) });
    await expectRefused(client);
  });
});

describe('frames sent before the connection is admitted', () => {
  it('are answered once it is, in order', async () => {
    const client = inQuery(await tokenFor(alice));
    await client.opened();
    client.send('join_room', { room });
    client.send('room_message', { room, content: 'early' });
    client.send('ping', {});
    await client.next('pong');
    expect(client.frames.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['join_room_ack', 'room_message', 'pong']),
    );
    expect(client.frames[0]).toMatchObject({ type: 'join_room_ack' });
  });
});

describe('who a frame is from', () => {
  it('says the token, whatever the frame says', async () => {
    const client = await app.salon(alice);
    const data = { room, content: 'hi', user_id: 1, username: 'root', id: 7, created_at: 'x' };
    client.raw(JSON.stringify({ type: 'room_message', data, user_id: 1 }));
    const message = await client.next('room_message');
    expect(message).toMatchObject({ user_id: alice.id, username: 'alice' });
    expect(message.id).not.toBe(7);
  });

  it('is text where the id is no canonical integer', async () => {
    const user: TestUser = { id: 'auth0|7', name: 'seven' };
    const client = await app.salon(user);
    const message = { room, content: 'hi' };
    expect(await client.request('room_message', message, 'room_message')).toMatchObject({
      user_id: 'auth0|7',
    });
  });
});

describe('a token that expires while a frame is under way', () => {
  it('leaves pings answered, and nothing else: AUTH_FAILED and 1008', async () => {
    const frames: [string, Record<string, unknown>][] = [
      ['join_room', { room }],
      ['room_message', { room, content: 'late' }],
      ['direct_message', { to_user_id: 1, content: 'late' }],
      ['room_history', { room }],
      ['dm_history', { with_user: 1 }],
      ['message_batch', { messages: [{ type: 'room_message', data: { room, content: 'x' } }] }],
    ];
    const token = await tokenFor(alice, { expiresIn: 2 });
    const attempts = frames.map((frame) => ({ frame, client: inQuery(token) }));
    for (const { client } of attempts) await client.opened();
    await underWayUntil(app, expiryOf(token), () => {
      for (const { frame, client } of attempts) {
        client.send('room_history', { room });
        client.send('ping', {});
        client.send(...frame);
        client.send('ping', {});
      }
    });
    for (const { client } of attempts) {
      expect(await client.closed()).toEqual(CLOSED);
      // What was under way is answered; closed at once, nothing after the refused one was read.
      expect(client.frames.slice(-2)).toMatchObject([
        { type: 'pong' },
        { type: 'error', data: { code: 'AUTH_FAILED' } },
      ]);
      expect(client.frames).toHaveLength(3);
    }
    const reader = await app.salon(alice);
    await reader.join(room);
    const history = await reader.request('room_history', { room }, 'message_history');
    expect(JSON.stringify(history)).not.toContain('late');
  });
});
