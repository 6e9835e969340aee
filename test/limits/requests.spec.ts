import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { expectProblem } from '../rest/support/problems.js';
import { restClient, type RestAnswer } from '../support/rest-client.js';
import { SECRET, someone, tokenFor, type TestUser } from '../support/tokens.js';
import { newAddress } from './support/doors.js';

const REQUESTS = 5;
const BAD = 3;
const ANOTHER_SECRET = `${SECRET}, another`;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    TRUST_PROXY: '1',
    RATE_LIMIT_REST: `${REQUESTS}/1m`,
    RATE_LIMIT_BAD_TOKENS: `${BAD}/1m`,
  });
});
afterAll(() => app.stop());

/** Also as problems are looked at. */
async function get(path: string, token: string, address: string): Promise<RestAnswer> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': address };
  const response = await fetch(app.url + path, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const me = (token: string, address: string) => get('/users/me', token, address);

let lastGuess = 0;
const guess = () => tokenFor({ id: ++lastGuess, name: 'guessed' }, { secret: ANOTHER_SECRET });

describe(`${REQUESTS} requests of one user`, () => {
  const graphql = async (user: TestUser, query: string) =>
    (await app.as(user)).post('/graphql', { query });

  it('are answered, from wherever they come; one more is 429', async () => {
    const user = someone('busy');
    const token = await tokenFor(user);
    for (const n of range(1, REQUESTS)) {
      // Another token of the same user is no other user.
      const each = n % 2 ? token : await tokenFor(user, { expiresIn: 60 + n });
      expect((await me(each, newAddress())).status).toBe(200);
    }
    const refused = await me(token, newAddress());
    expectProblem(refused, 'RATE_LIMITED', 429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await me(await tokenFor(someone('other')), newAddress())).status).toBe(200);
  });

  it('are those of GraphQL, each one, whatever it asks for', async () => {
    const user = someone('asking');
    const many = `{ ${range(1, 5)
      .map((n) => `q${n}: chatRooms { id }`)
      .join(' ')} }`;
    const rooms = `{ a: createChatRoom(name: "slipped") { id } b: createChatRoom(name: "slipped") { id } }`;
    for (const _ of range(1, REQUESTS)) {
      expect((await graphql(user, many)).body).not.toHaveProperty('errors');
    }
    const refusal = { extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } };
    expect((await graphql(user, '{ chatRooms { id } }')).body).toMatchObject({ errors: [refusal] });
    // None of what one request asks for slips by.
    const { errors } = (await graphql(user, `mutation ${rooms}`)).body as { errors: unknown[] };
    expect(errors).toMatchObject([refusal]);
    const rows = await app.database.query(`SELECT 1 FROM conversations WHERE title = 'slipped'`);
    expect(rows).toEqual([]);
    expectProblem(await (await app.as(user)).get('/users/me'), 'RATE_LIMITED', 429);
  });

  it('are none of health’s, nor those without a token', async () => {
    const anybody = restClient(app.url);
    for (const _ of range(1, 4 * REQUESTS)) {
      for (const path of ['/health/live', '/health/ready']) {
        expect((await anybody.get(path)).status).toBe(200);
      }
      expect((await anybody.post('/graphql', { query: '{ chatRooms { id } }' })).status).toBe(200);
      expect((await anybody.get('/users/me')).status).toBe(401);
    }
  });
});

describe(`${BAD} bad tokens from one address`, () => {
  async function spent(): Promise<string> {
    const address = newAddress();
    for (const _ of range(1, BAD))
      expectProblem(await me(await guess(), address), 'AUTH_FAILED', 401);
    return address;
  }

  it('are 401, and further ones 429 with Retry-After', async () => {
    const address = await spent();
    const token = await guess();
    for (const bad of [await guess(), token, token, 'nonsense', '..']) {
      const refused = await me(bad, address);
      expectProblem(refused, 'RATE_LIMITED', 429);
      const retryAfter = Number(refused.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(60);
    }
    // Nobody else pays for it.
    expectProblem(await me(token, newAddress()), 'AUTH_FAILED', 401);
  });

  it('do not keep out good ones of the same address', async () => {
    const address = await spent();
    await me(await guess(), address);
    const user = someone('honest');
    expect((await me(await tokenFor(user), address)).status).toBe(200);
    const headers = { 'x-forwarded-for': address };
    const client = await app.salon(user, '', { headers });
    await client.settled();
    const chat = await app.connect(user, { extraHeaders: headers });
    await chat.expect('conversation:list');
  });

  it('are counted over every door, in the words of each', async () => {
    const address = newAddress();
    const headers = { 'x-forwarded-for': address };
    const knock = async (path: string) => {
      const client = app.dialRaw(path.replace('TOKEN', await guess()), { headers });
      const closed = await client.closed();
      return { ...closed, frames: client.frames };
    };
    const PATHS = ['/ws?token=TOKEN', '/ws/chat?token=TOKEN', '/chat/ws/room/bad?token=TOKEN'];
    for (const path of PATHS) expect((await knock(path)).code).toBe(1008);
    for (const path of PATHS) {
      const { code, reason, frames } = await knock(path);
      expect({ code, reason }).toEqual({ code: 1013, reason: 'too many requests' });
      expect(JSON.stringify(frames)).toMatch(/rate.?limit/i);
      expect(JSON.stringify(frames)).toMatch(/"retry_after":\d+/);
    }
    const late = app.dialRaw('/ws', { headers });
    await late.opened();
    late.send('auth', { token: await guess() });
    expect((await late.closed()).code).toBe(1013);
    for (const namespace of ['/', '/chat']) {
      const client = app.dial(await guess(), { namespace, extraHeaders: headers });
      const { data } = await client.refused();
      expect(data).toEqual({ code: 'RATE_LIMITED', retryAfter: expect.any(Number) });
    }
    expectProblem(await me(await guess(), address), 'RATE_LIMITED', 429);
    // Without a token nobody guesses.
    expect((await app.live(null, 'room/bad', { headers })).frames).toHaveLength(1);
  });

  it('are those of an IPv6 /64', async () => {
    for (const n of range(1, BAD)) await me(await guess(), `2001:db8:b:b::${n}`);
    expectProblem(await me(await guess(), '2001:db8:b:b::ffff'), 'RATE_LIMITED', 429);
  });

  it('are not requests without one', async () => {
    const address = newAddress();
    const headers = { 'x-forwarded-for': address };
    for (const _ of range(1, 3 * BAD)) {
      expect((await fetch(`${app.url}/users/me`, { headers })).status).toBe(401);
      expect((await app.dialRaw('/ws/chat', { headers }).closed()).code).toBe(1008);
    }
    expectProblem(await me(await guess(), address), 'AUTH_FAILED', 401);
  });
});
