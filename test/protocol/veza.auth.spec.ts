import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { FrameClient } from '../support/frame-client.js';
import { SECRET, someone, tokenFor, type TestUser } from '../support/tokens.js';
import {
  aFrame,
  anAnswer,
  answerTo,
  ask,
  gatherVeza,
  say,
  told,
  userData,
} from '../support/veza-shapes.js';

const alice = someone('alice');
const CLOSED = { code: 1008, reason: 'authentication failed' };
const REFUSED = { error: 'invalid_token', message: expect.stringMatching(/\.$/), code: 401 };

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const inQuery = (token: string) => app.dialRaw(`/ws?token=${token}`);
const inHeader = (token: string) =>
  app.dialRaw('/ws', { headers: { Authorization: `Bearer ${token}` } });

async function inFrame(token: unknown, id?: string): Promise<FrameClient> {
  const client = app.dialRaw('/ws');
  await client.opened();
  say(client, 'auth', { token }, id);
  return client;
}

const welcomed = (user: TestUser, more = {}) => ({
  ...userData(user),
  roles: ['user'],
  permissions: ['read:chat', 'write:chat'],
  session_id: expect.stringMatching(/./),
  ...more,
});

describe('the token', () => {
  it.each([
    ['in the query', inQuery],
    ['in the Authorization header', inHeader],
  ])('%s is answered auth_success, before anything else', async (_, dial) => {
    const client = dial(await tokenFor(alice));
    await client.opened();
    await client.settled();
    expect(client.frames[0]).toStrictEqual(aFrame('auth_success', welcomed(alice)));
  });

  it('in the first frame is answered by its id', async () => {
    const client = await inFrame(await tokenFor(alice), 'auth_1');
    await client.settled();
    const answer = anAnswer('auth_1', 'auth_success', welcomed(alice));
    expect(client.frames[0]).toStrictEqual(answer);
  });

  it('in the query counts more than one in the header', async () => {
    const headers = { Authorization: `Bearer ${await tokenFor(alice)}` };
    expect(await app.dialRaw('/ws?token=bad', { headers }).closed()).toEqual(CLOSED);
  });

  it('with an id that is no number, as with one that is, is told as text', async () => {
    const user = { id: 'auth0|7', name: 'seven' };
    const client = inQuery(await tokenFor(user));
    expect(await client.next('auth_success')).toStrictEqual(welcomed(user));
  });
});

describe('roles and permissions', () => {
  const ALL = ['read:chat', 'write:chat', 'moderate:chat', 'admin:chat'];
  it.each([
    [[], ['user'], 2],
    [['user'], ['user'], 2],
    [['unheard-of'], ['user'], 2],
    [['moderator'], ['moderator'], 3],
    [['admin'], ['admin'], 4],
    [['superuser'], ['superuser'], 4],
    [['user', 'moderator'], ['user', 'moderator'], 3],
  ])('%j are %j, who may %d things', async (claimed, roles, count) => {
    const user = someone('somebody', claimed);
    const client = inQuery(await tokenFor(user));
    const permissions = ALL.slice(0, count);
    expect(await client.next('auth_success')).toStrictEqual(welcomed(user, { roles, permissions }));
  });
});

describe('auth_error, and then 1008', () => {
  const tokens: [string, () => string | Promise<string>][] = [
    ['garbage', () => 'a.b.c'],
    ['expired', () => tokenFor(alice, { expiresIn: -60 })],
    ['signed with another secret', () => tokenFor(alice, { secret: `${SECRET}, another` })],
  ];

  it.each(tokens)('for a token that is %s, wherever it stands', async (_, make) => {
    for (const dial of [inQuery, inHeader, (token: string) => inFrame(token, 'auth_2')]) {
      const client = await dial(await make());
      expect(await client.closed()).toEqual(CLOSED);
      const frame =
        dial === inQuery || dial === inHeader
          ? aFrame('auth_error', REFUSED)
          : anAnswer('auth_2', 'auth_error', REFUSED);
      expect(client.frames).toStrictEqual([frame]);
    }
  });

  it.each<[string, unknown]>([
    ['no token', { type: 'auth', data: {} }],
    ['no data', { type: 'auth' }],
    ['a number for a token', { type: 'auth', data: { token: 5 } }],
    ['a list for data', { type: 'auth', data: ['token'] }],
    ['another type', { type: 'join_room', data: { room_id: 'general' } }],
    ['no type', { data: { token: 'x' } }],
    ['no object', 'auth'],
  ])('for a first frame with %s', async (_, frame) => {
    const client = app.dialRaw('/ws');
    await client.opened();
    client.raw(JSON.stringify(frame));
    expect(await client.closed()).toEqual(CLOSED);
    expect(client.frames).toStrictEqual([aFrame('auth_error', REFUSED)]);
  });
});

describe('a token renewed in place', () => {
  it('is answered auth_success, and counts from then on', async () => {
    const user = someone('riser');
    const { room } = await gatherVeza(app, ['owner'], { type: 'private' });
    const client = await app.veza(user);
    expect(await ask(client, 'join_room', { room_id: room }, 'error')).toMatchObject({
      code: 1002,
    });
    const { session_id } = client.received('auth_success')[0] ?? {};
    const promoted = { ...user, roles: ['admin'] };
    const request = say(client, 'auth', { token: await tokenFor(promoted) });
    const answer = await answerTo(client, request, 'auth_success');
    const permissions = ['read:chat', 'write:chat', 'moderate:chat', 'admin:chat'];
    const data = { ...userData(user), roles: ['admin'], permissions, session_id };
    expect(answer).toStrictEqual(anAnswer(request, 'auth_success', data));
    await ask(client, 'join_room', { room_id: room }, 'room_joined');
  });

  it.each<[string, (user: TestUser) => Promise<unknown>]>([
    ['bad', () => Promise.resolve('a.b.c')],
    ['another user’s', () => tokenFor(someone('other'))],
    ['expired', (user) => tokenFor(user, { expiresIn: -60 })],
  ])('that is %s: auth_error, and 1008', async (_, make) => {
    const user = someone('renewer');
    const client = await app.veza(user);
    const request = say(client, 'auth', { token: await make(user) });
    expect(await client.closed()).toEqual(CLOSED);
    expect(told(client).at(-1)).toStrictEqual(anAnswer(request, 'auth_error', REFUSED));
  });
});
