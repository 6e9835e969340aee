import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { startApp, type TestApp } from '../support/app.js';
import type { Ack, ChatClient } from '../support/chat-client.js';
import { aFailure } from '../support/chat-shapes.js';
import { underWayUntil } from '../support/expiry.js';
import { expiryOf, SECRET, someone, tokenFor } from '../support/tokens.js';

const key = new TextEncoder().encode(SECRET);
const alice = someone('alice');

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** What the service takes the holder of a token for: told by what others hear of them. */
async function identityOf(token: string): Promise<{ userId: unknown; username: unknown }> {
  const client = app.dial(token);
  await client.connected();
  const owner = someone('owner');
  const room = await app.conversation([owner], { type: 'public' });
  const witness = await app.connect(owner);
  await witness.join(room);
  await client.join(room);
  const { userId, username } = await witness.next('participant:joined');
  return { userId, username };
}

const sign = (claims: Record<string, unknown>) =>
  new SignJWT({ exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(key);

describe('the token', () => {
  it.each([
    ['in the query', (token: string) => ({ auth: {}, query: { token } })],
    ['in the handshake’s auth', (token: string) => ({ auth: { token } })],
    [
      'in the Authorization header',
      (token: string) => ({ auth: {}, extraHeaders: { Authorization: `Bearer ${token}` } }),
    ],
  ])('is taken %s', async (_, optionsFor) => {
    const token = await tokenFor(alice);
    for (const transports of [['websocket'], ['polling']]) {
      const client = app.dial('', { ...optionsFor(token), transports });
      await client.connected();
      await client.expect('conversation:list');
    }
  });

  it('in auth counts more than one in the query, and that more than the header', async () => {
    const [good, bad] = [await tokenFor(alice), 'bad'];
    const header = (token: string) => ({ extraHeaders: { Authorization: `Bearer ${token}` } });
    const accepted = app.dial('', { auth: { token: good }, query: { token: bad }, ...header(bad) });
    await accepted.connected();
    const refused = app.dial('', { auth: {}, query: { token: bad }, ...header(good) });
    expect((await refused.refused()).data).toEqual({ code: 'AUTH_FAILED' });
  });
});

describe('a connection is refused before it exists', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: '5', username: 'mallory', roles: ['admin'] };

  const tokens: [string, () => unknown][] = [
    ['absent', () => undefined],
    ['null', () => null],
    ['empty', () => ''],
    ['malformed', () => 'a.b.c'],
    ['no text', () => ({ token: 'x' })],
    ['a list', () => ['x']],
    ['endless', () => 'x'.repeat(100_000)],
    ['expired', () => tokenFor(alice, { expiresIn: -60 })],
    ['not valid yet', () => tokenFor(alice, { notBefore: 120 })],
    ['forged', () => tokenFor(alice, { secret: `${SECRET}, but another` })],
    ['altered', async () => (await tokenFor(alice)).replace(/\.[^.]+\./, `.${encoded(claims)}.`)],
    ['cut short', async () => (await tokenFor(alice)).slice(0, -1)],
    ['unsigned', () => new UnsecuredJWT(claims).setExpirationTime('1h').encode()],
    ['unsigned, None', () => `${encoded({ alg: 'None' })}.${encoded(claims)}.`],
    ['without its signature', async () => (await tokenFor(alice)).replace(/[^.]+$/, '')],
    [
      'signed by another family of algorithms',
      () => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    ],
    ['without sub', () => sign({ username: 'nobody' })],
    ['with an empty sub', () => sign({ sub: '' })],
    ['with a sub that is no name', () => sign({ sub: { id: 5 } })],
    ['with a fraction for sub', () => sign({ sub: 1.5 })],
    ['with a sub that no database keeps', () => sign({ sub: 'a\0b' })],
    ['with an expiry that is no number', () => sign({ sub: '5', exp: 'tomorrow' })],
    [
      'with a critical header',
      () => `${encoded({ alg: 'HS256', crit: ['exp'], exp: 1 })}.${encoded(claims)}.AAAA`,
    ],
  ];

  it.each(tokens)('when the token is %s', async (_, make) => {
    const client = app.dial('', { auth: { token: await make() }, reconnection: false });
    const error = await client.refused();
    expect(error.data).toEqual({ code: 'AUTH_FAILED' });
    expect(error.message).not.toContain('5');
    expect(client.socket.connected).toBe(false);
  });

  it('and whoever comes next is let in', async () => {
    const client = app.dial('bad', { reconnection: false });
    await client.refused();
    await (await app.connect(alice)).expect('conversation:list');
  });
});

describe('claims', () => {
  it.each([
    ['a canonical integer is sent as a number', { sub: '51' }, 51],
    ['a number is understood', { sub: 52 }, 52],
    ['other text stays text', { sub: 'auth0|53' }, 'auth0|53'],
    ['leading zeros stay text', { sub: '054' }, '054'],
    [
      'more digits than a number holds stay text',
      { sub: '90071992547409930' },
      '90071992547409930',
    ],
    ['a minus sign stays text', { sub: '-5' }, '-5'],
  ])('sub: %s', async (_, claims, userId) => {
    expect((await identityOf(await sign(claims))).userId).toBe(userId);
  });

  it.each([
    ['username', { username: 'u', preferred_username: 'p', name: 'n' }, 'u'],
    ['preferred_username', { preferred_username: 'p', name: 'n' }, 'p'],
    ['name', { name: 'n' }, 'n'],
    ['nothing', {}, 'user_61'],
    ['nothing that is a name', { username: 7, name: ' ' }, 'user_61'],
  ])('the name is taken from %s', async (_, claims, username) => {
    expect((await identityOf(await sign({ sub: '61', ...claims }))).username).toBe(username);
  });

  it.each([
    ['roles', { roles: ['admin'] }, true],
    ['roles with unknown ones', { roles: ['wizard', 'superuser'] }, true],
    ['role', { role: 'moderator' }, true],
    ['is_admin', { is_admin: true }, true],
    ['is_moderator', { is_moderator: true }, true],
    ['unknown roles', { roles: ['root', 'Admin', 1, null] }, false],
    ['roles as text', { roles: 'admin' }, false],
    ['is_admin as text', { is_admin: 'true' }, false],
    ['nothing', {}, false],
  ])('%s: may moderate or not', async (_, claims, mayModerate) => {
    const owner = someone('owner');
    const id = await app.conversation([owner]);
    const client = app.dial(await sign({ sub: '71', ...claims }));
    await client.connected();
    const ack = await client.request('conversation:history', { conversationId: id });
    expect(ack.success).toBe(mayModerate);
  });
});

describe('a token that expires while an event is under way', () => {
  const connect = async (token: string): Promise<ChatClient> => {
    const client = app.dial(token, { reconnection: false });
    await client.connected();
    return client;
  };
  const last = { conversationId: 1 };

  it('lets that one be answered, fails the next with AUTH_FAILED and closes the socket', async () => {
    const brief = await tokenFor(alice, { expiresIn: 2 });
    const [asking, telling] = [await connect(brief), await connect(brief)];
    const next = await app.connect(alice);
    const clients = [asking, telling];
    const closed = clients.map((client) => client.disconnected());
    const answers: Promise<Ack>[] = [];
    await underWayUntil(app, expiryOf(brief), () => {
      answers.push(...clients.map((client) => client.request('conversation:leave', last)));
      answers.push(asking.request('conversation:list'));
      telling.socket.emit('message:typing', { ...last, isTyping: true });
    });
    const [first, second, failed] = await Promise.all(answers);
    for (const answer of [first, second]) expect(answer?.error?.code).not.toBe('AUTH_FAILED');
    expect(failed).toStrictEqual(aFailure('AUTH_FAILED'));
    expect(await Promise.all(closed)).toEqual(['io server disconnect', 'io server disconnect']);
    expect(asking.received('exception')).toEqual([]);
    expect(telling.received('exception')).toStrictEqual([
      { ...aFailure('AUTH_FAILED'), event: 'message:typing' },
    ]);
    await next.expect('conversation:list');
  });

  it('is made good by an `auth:refresh` that came in time, and so is what came behind it', async () => {
    const brief = await tokenFor(alice, { expiresIn: 2 });
    const client = await connect(brief);
    const token = await tokenFor(alice);
    const answers: Promise<Ack>[] = [];
    await underWayUntil(app, expiryOf(brief), () => {
      answers.push(client.request('conversation:leave', last));
      answers.push(client.request('auth:refresh', { token }));
      answers.push(client.request('conversation:list'));
    });
    const [, refreshed, listed] = await Promise.all(answers);
    expect([refreshed?.success, listed?.success]).toEqual([true, true]);
    await client.settled();
    expect(client.received('exception')).toEqual([]);
  });
});
