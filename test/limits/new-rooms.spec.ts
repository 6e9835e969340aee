import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { anError, from, newSlug, refusal, welcomeOf } from '../support/live-shapes.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { newAddress } from './support/doors.js';

const LIMIT = 3;
const LIMITED = {
  code: 1013,
  reason: 'too many requests',
  errors: [anError('Rate limit exceeded', 'RATE_LIMITED', { retry_after: expect.any(Number) })],
};

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '1', RATE_LIMIT_ROOMS: `${LIMIT}/1m,100/1h` });
});
afterAll(() => app.stop());

async function go(user: TestUser | null, address: string, slug = newSlug()) {
  const token = user ? `?token=${await tokenFor(user)}` : '';
  return app.dialRaw(`/chat/ws/room/${slug}${token}`, from(address));
}

async function open(user: TestUser | null, address: string, slug?: string): Promise<void> {
  const client = await go(user, address, slug);
  await client.next('room_joined');
}

const createChatRoom = async (user: TestUser): Promise<unknown> => {
  const query = 'mutation { createChatRoom(name: "x") { id } }';
  const { body } = await (await app.as(user)).post('/graphql', { query });
  return body;
};

describe(`${LIMIT} new rooms`, () => {
  it('are those of one address, where visitors open them; then an error, and 1013', async () => {
    const address = newAddress();
    const slug = newSlug();
    await open(null, address, slug);
    for (const _ of range(2, LIMIT)) await open(null, address);
    expect(await refusal(await go(null, address))).toEqual(LIMITED);
    // What is there already is open to them.
    await open(null, address, slug);
    await open(null, newAddress());
    await open(someone('user'), address);
  });

  it('are those of an IPv6 /64', async () => {
    for (const n of range(1, LIMIT)) await open(null, `2001:db8:9:9::${n}`);
    expect(await refusal(await go(null, '2001:db8:9:9:a:b:c:d'))).toEqual(LIMITED);
  });

  it('are those of one user, wherever it comes from', async () => {
    const user = someone('user');
    for (const _ of range(1, LIMIT)) await open(user, newAddress());
    expect(await refusal(await go(user, newAddress()))).toEqual(LIMITED);
  });

  it('are counted once for a crowd that opens one together', async () => {
    const slug = newSlug();
    const address = newAddress();
    const clients = await Promise.all(range(1, 20 * LIMIT).map(() => go(null, address, slug)));
    await Promise.all(clients.map((client) => client.next('room_joined')));
    expect(new Set(clients.map((client) => welcomeOf(client).room_id)).size).toBe(1);
    for (const _ of range(2, LIMIT)) await open(null, address);
    expect(await refusal(await go(null, address))).toEqual(LIMITED);
  });

  it('are opened by the next in a crowd whose first may open no more', async () => {
    const spent = newAddress();
    for (const _ of range(1, LIMIT)) await open(null, spent);
    const slug = newSlug();
    const [refused, ...others] = await Promise.all([
      go(null, spent, slug),
      ...range(1, 10).map(() => go(null, newAddress(), slug)),
    ]);
    await Promise.all(others.map((client) => client.next('room_joined')));
    refused.close();
  });

  it('are those of REST and GraphQL, too', async () => {
    const user = someone('maker');
    const rest = await app.as(user);
    expect((await rest.post('/conversations', { type: 'public' })).status).toBe(201);
    expect(await createChatRoom(user)).toMatchObject({ data: { createChatRoom: {} } });
    await open(user, newAddress());
    const refused = await rest.post('/conversations', { type: 'private' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await createChatRoom(user)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }],
    });
    expect(await refusal(await go(user, newAddress()))).toEqual(LIMITED);
    expect((await rest.get('/users/me')).status).toBe(200);
  });

  it('do not count what is refused, nor the direct conversation that is there', async () => {
    const [user, friend] = [someone('user'), someone('friend')];
    await (await app.as(friend)).get('/users/me');
    const rest = await app.as(user);
    const direct = { type: 'direct', participantIds: [friend.id] };
    for (const n of range(1, 2 * LIMIT)) {
      expect((await rest.post('/conversations', direct)).status).toBe(n === 1 ? 201 : 200);
      expect((await rest.post('/conversations', { type: 'live', slug: '1' })).status).toBe(400);
      const missing = { type: 'private', participantIds: ['nobody'] };
      expect((await rest.post('/conversations', missing)).status).toBe(404);
    }
    for (const _ of range(2, LIMIT)) {
      expect((await rest.post('/conversations', { type: 'private' })).status).toBe(201);
    }
    expect((await rest.post('/conversations', { type: 'private' })).status).toBe(429);
  });
});
