import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Admission } from '../../src/transport/admission.js';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { underWayUntil } from '../support/expiry.js';
import { withoutPings, type FrameClient } from '../support/frame-client.js';
import { expiryOf, SECRET, someone, tokenFor } from '../support/tokens.js';
import { anAnswer, anError, answerTo, invalid, say } from '../support/veza-shapes.js';

const CLOSED = { code: 1008, reason: 'authentication failed' };
const REFUSAL = { error: 'invalid_token', message: expect.any(String), code: 401 };

/** Seconds, of a token that is to expire: long enough to connect with it. */
const LIFETIME = 2;

const [alice, bob] = [someone('alice'), someone('bob')];
const after = cleanups();
let app: TestApp;
let room: number;
beforeAll(async () => {
  app = await startApp();
  room = await app.conversation([alice, bob]);
});
afterAll(() => app.stop());

const inHandshake = (token: string): Promise<FrameClient> => dialled(`/ws?token=${token}`);
const inFirstFrame = (token: string): Promise<FrameClient> => dialled('/ws', token);

async function dialled(path: string, token?: string): Promise<FrameClient> {
  const client = app.dialRaw(path);
  await client.opened();
  if (token !== undefined) client.send('auth', { token });
  await client.next('auth_success');
  return client;
}

const BOTH = [
  ['with its handshake', inHandshake],
  ['in its first frame', inFirstFrame],
] as const;

const briefToken = () => tokenFor(alice, { expiresIn: LIFETIME });

describe.each(BOTH)('a client that brought its token %s', (_, connect) => {
  it('renews it by another `auth`, and goes on as it was', async () => {
    const client = await connect(await tokenFor(alice));
    const [welcome] = client.received('auth_success');
    await client.request('join_room', { room_id: room }, 'room_joined');
    const request = say(client, 'auth', { token: await tokenFor(alice) });
    const renewed = await answerTo(client, request, 'auth_success');
    expect(renewed).toStrictEqual(anAnswer(request, 'auth_success', welcome));

    const writer = await app.veza(bob);
    writer.send('message', { room_id: room, content: 'still there?' });
    expect(await client.next('message_received')).toMatchObject({ content: 'still there?' });
  });

  it('is what its new token says it is', async () => {
    const client = await connect(await tokenFor(alice));
    const token = await tokenFor({ ...alice, roles: ['moderator'] });
    const renewed = await client.request('auth', { token }, 'auth_success');
    expect(renewed).toMatchObject({
      roles: ['moderator'],
      permissions: ['read:chat', 'write:chat', 'moderate:chat'],
    });
  });

  it('is closed for the token of somebody else: auth_error and 1008', async () => {
    const client = await connect(await tokenFor(alice));
    const token = await tokenFor(bob);
    const request = say(client, 'auth', { token });
    say(client, 'join_room', { room_id: room });
    expect(await client.closed()).toEqual(CLOSED);
    expect(withoutPings(client.frames).slice(1)).toStrictEqual([
      anAnswer(request, 'auth_error', REFUSAL),
    ]);
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    ['expired', () => tokenFor(alice, { expiresIn: -60 })],
    ['of another secret', () => tokenFor(alice, { secret: `${SECRET}, another` })],
  ])('is closed for one that is %s', async (_, make) => {
    const client = await connect(await tokenFor(alice));
    const request = say(client, 'auth', { token: await make() });
    expect(await client.closed()).toEqual(CLOSED);
    expect(withoutPings(client.frames).slice(1)).toStrictEqual([
      anAnswer(request, 'auth_error', REFUSAL),
    ]);
  });

  it("says nothing in anybody's name after a refused one", async () => {
    const quiet = await app.conversation([alice, bob]);
    const client = await connect(await tokenFor(alice));
    say(client, 'auth', { token: 'nonsense' });
    say(client, 'message', { room_id: quiet, content: 'too late' });
    await client.closed();
    const messages = `/conversations/${quiet}/messages`;
    const rest = await app.as(bob);
    await rest.post(messages, { content: 'heard' });
    expect(await rest.get(messages)).toMatchObject({ body: { items: [{ content: 'heard' }] } });
  });

  it('is told what is wrong with an `auth` that brings none, and stays', async () => {
    const client = await connect(await tokenFor(alice));
    for (const data of [undefined, {}, { token: 5 }]) {
      const request = say(client, 'auth', data);
      const error = await answerTo(client, request, 'error');
      expect(error.data).toStrictEqual(invalid('token'));
    }
    await client.settled();
  });
});

it('a token that cannot be renewed now costs nobody the connection', async () => {
  const draining = await startApp();
  after.add(() => draining.stop());
  const client = await draining.veza(alice);
  draining.get(Admission).drain();
  const request = say(client, 'auth', { token: await tokenFor(alice) });
  const error = await answerTo(client, request, 'error');
  expect(error.data).toStrictEqual(anError(1000, 'connection_error'));
  await client.settled();
});

describe('a token that expires while a frame is under way', () => {
  const FRAMES: readonly (readonly [type: string, data: object])[] = [
    ['join_room', { room_id: 1 }],
    ['message', { room_id: 1, content: 'late' }],
    ['ping', {}],
  ];

  it('leaves nothing but a new one to be taken behind it: 1001, and 1008', async () => {
    const token = await briefToken();
    const attempts = await Promise.all(
      FRAMES.map(async (frame) => ({ frame, client: await inHandshake(token), request: '' })),
    );
    await underWayUntil(app, expiryOf(token), () => {
      for (const attempt of attempts) {
        const { client, frame } = attempt;
        say(client, 'leave_room', { room_id: room });
        attempt.request = say(client, ...frame);
        say(client, ...frame);
      }
    });
    for (const { client, request } of attempts) {
      expect(await client.closed()).toEqual(CLOSED);
      const error = anError(1001, 'authentication_error');
      // Between the welcome and it stands the answer to what was under way.
      expect(withoutPings(client.frames).slice(2)).toStrictEqual([
        anAnswer(request, 'error', error),
      ]);
    }
  });

  it.each(BOTH)('is made good by a new one, where the first came %s', async (_, connect) => {
    const brief = await briefToken();
    const client = await connect(brief);
    const token = await tokenFor(alice);
    await underWayUntil(app, expiryOf(brief), () => {
      say(client, 'leave_room', { room_id: room });
      say(client, 'auth', { token });
      say(client, 'join_room', { room_id: room });
    });
    await client.next('room_joined');
    await client.settled();
    expect(client.received('error')).toEqual([]);
  });
});
