import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { within } from '../support/patience.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { counted } from './support/doors.js';

const LIMIT = 3;
const CROWDED = { code: 1008, reason: 'too many connections' };

let app: TestApp;
const users: { close(): void }[] = [];
beforeAll(async () => void (app = await startApp({ MAX_CONNECTIONS_PER_USER: String(LIMIT) })));
afterEach(async () => {
  for (const client of users.splice(0)) client.close();
  await counted(app, { connections: 0 });
});
afterAll(() => app.stop());

const kept = <C extends { close(): void }>(client: C): C => {
  users.push(client);
  return client;
};

/** Every way in that there is with a token. */
const WAYS: readonly [string, (user: TestUser) => Promise<{ close(): void }>][] = [
  ['/chat', (user) => app.connect(user)],
  ['/', (user) => app.root(user)],
  ['/ws', (user) => app.veza(user)],
  ['/ws/chat', (user) => app.salon(user)],
  ['/chat/ws/room/…', (user) => app.live(user, 'room/users')],
];

async function full(): Promise<TestUser> {
  const user = someone('everywhere');
  for (const n of range(0, LIMIT - 1)) kept((await WAYS[n % WAYS.length]?.[1](user)) ?? never());
  return user;
}

function never(): never {
  throw new Error('There is no such way');
}

describe(`${LIMIT} connections of one user`, () => {
  it.each(WAYS)('are let in at %s, and come back as they end', async (_, connect) => {
    const user = someone('user');
    for (const _round of range(1, 3)) {
      const clients = [];
      for (const _client of range(1, LIMIT)) clients.push(await connect(user));
      for (const client of clients) client.close();
      await counted(app, { connections: 0 });
    }
  });

  it.each(['/chat', '/'])('and one more at %s: connect_error, RATE_LIMITED', async (namespace) => {
    const client = kept(app.dial(await tokenFor(await full()), { namespace }));
    const { message, data } = await client.refused();
    expect(message).toBe('Too many connections; close some first.');
    expect(data).toEqual({ code: 'RATE_LIMITED', retryAfter: 10 });
  });

  it.each([
    [
      '/ws',
      {
        type: 'error',
        data: expect.objectContaining({
          code: 1003,
          error_type: 'rate_limit_error',
          retry_after: 10,
        }),
      },
    ],
    [
      '/ws/chat',
      {
        type: 'error',
        data: expect.objectContaining({ code: 'RATE_LIMITED', details: { retry_after: 10 } }),
      },
    ],
    [
      '/chat/ws/room/users',
      {
        type: 'error',
        data: { message: 'Rate limit exceeded', code: 'RATE_LIMITED', retry_after: 10 },
      },
    ],
  ])('and one more at %s: an error, and 1008', async (path, frame) => {
    const client = kept(app.dialRaw(`${path}?token=${await tokenFor(await full())}`));
    expect(await client.closed()).toEqual(CROWDED);
    expect(client.frames).toEqual([expect.objectContaining(frame)]);
  });

  it('and one more that says in its first frame who it is: the same', async () => {
    const user = await full();
    const client = kept(app.dialRaw('/ws'));
    await client.opened();
    client.send('auth', { token: await tokenFor(user) });
    expect(await client.closed()).toEqual(CROWDED);
    expect(client.received('error')).toMatchObject([{ code: 1003, retry_after: 10 }]);
  });

  it('are let in again at once after one ended without a word', async () => {
    const user = someone('broken');
    const path = `/ws/chat?token=${await tokenFor(user)}`;
    const clients = range(1, LIMIT).map(() => kept(app.dialRaw(path)));
    for (const client of clients) await client.opened();
    clients[0]?.socket.terminate();
    await counted(app, { connections: LIMIT - 1 });
    kept(await app.salon(user));
  });

  it('are not exceeded by any number that come at once', async () => {
    const token = await tokenFor(someone('hasty'));
    const raw = range(1, 10).map(() => kept(app.dialRaw(`/ws/chat?token=${token}`)));
    const chat = range(1, 10).map(() => kept(app.dial(token)));
    const outcomes = await within(
      'all outcomes',
      Promise.all([
        ...raw.map(
          (client) =>
            new Promise<boolean>((resolve) => {
              void client.closed().then(
                () => resolve(false),
                () => undefined,
              );
              void client.opened().then(() =>
                client.settled().then(
                  () => resolve(true),
                  () => undefined,
                ),
              );
            }),
        ),
        ...chat.map(
          ({ socket }) =>
            new Promise<boolean>((resolve) => {
              socket.once('connect', () => resolve(true));
              socket.once('connect_error', () => resolve(false));
            }),
        ),
      ]),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(LIMIT);
  });

  it('are no limit to visitors without a token', async () => {
    for (const _ of range(1, 2 * LIMIT)) kept(await app.live(null, 'room/visitors'));
  });
});
