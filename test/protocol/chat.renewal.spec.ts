import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserStore } from '../../src/core/ports/user-store.js';
import { Admission } from '../../src/transport/admission.js';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { aFailure, messageIn } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import type { RestClient } from '../support/rest-client.js';
import {
  expiryOf,
  newTokenId,
  SECRET,
  someone,
  tokenFor,
  type TokenOptions,
  type TestUser,
} from '../support/tokens.js';
import { heldBack } from '../transport/support/held-back.js';

const after = cleanups();
let app: TestApp;
let admin: RestClient;
beforeAll(async () => {
  app = await startApp();
  admin = await app.as(someone('admin', ['admin']));
  await admin.get('/users/me');
});
afterAll(() => app.stop());

async function connectedWith(token: string): Promise<ChatClient> {
  const client = app.dial(token, { reconnection: false });
  await client.connected();
  return client;
}

const connected = async (user: TestUser, options: TokenOptions = {}): Promise<ChatClient> =>
  connectedWith(await tokenFor(user, options));

const iso = (moment: number): string => new Date(moment).toISOString();

const refresh = async (client: ChatClient, user: TestUser, options: TokenOptions = {}) =>
  client.expect('auth:refresh', { token: await tokenFor(user, options) });

const revoke = async (body: unknown): Promise<void> => {
  expect((await admin.post('/auth/revocations', body)).status).toBe(201);
};

describe('auth:expiring', () => {
  it('comes at once where less than a minute is left, to that socket alone', async () => {
    const user = someone('alice');
    const other = await connected(user);
    const token = await tokenFor(user, { expiresIn: 50 });
    const client = await connectedWith(token);
    await client.next('auth:expiring');
    await client.settled();
    expect(client.received('auth:expiring')).toEqual([{ expiresAt: iso(expiryOf(token)) }]);
    await other.settled();
    expect(other.received('auth:expiring')).toEqual([]);
  });

  it('comes a minute before, where more is left', async () => {
    const token = await tokenFor(someone('alice'), { expiresIn: 62 });
    const client = await connectedWith(token);
    await client.settled();
    expect(client.received('auth:expiring')).toEqual([]);
    await client.next('auth:expiring');
    expect(Date.now()).toBeGreaterThanOrEqual(expiryOf(token) - 60_000);
  });

  it('does not come where nothing could be done about it, nor for a token without an end', async () => {
    const brief = await connected(someone('alice'), { expiresIn: 1 });
    const endless = await connected(someone('bob'), { expiresIn: null });
    await brief.next('exception');
    expect(brief.received('auth:expiring')).toEqual([]);
    await endless.settled();
    expect(endless.received('auth:expiring')).toEqual([]);
  });

  it('is nothing that `root` knows', async () => {
    const token = await tokenFor(someone('alice'), { expiresIn: 2 });
    const client = app.dial(token, { namespace: '/', reconnection: false });
    await client.connected();
    await client.next('error');
    expect(client.log.map(({ event }) => event)).not.toContain('auth:expiring');
  });
});

describe('auth:refresh', () => {
  it('answers when the new token expires, and goes on with it', async () => {
    const user = someone('alice');
    const brief = await tokenFor(user, { expiresIn: 2 });
    const client = await connectedWith(brief);
    const token = await tokenFor(user);
    const ack = await client.request('auth:refresh', { token });
    expect(ack).toStrictEqual({ success: true, expiresAt: iso(expiryOf(token)) });
    while (Date.now() <= expiryOf(brief) + 100) await client.settled();
    expect(client.received('exception')).toEqual([]);
  });

  it('answers null for a token without an end, or with one that no calendar has', async () => {
    const user = someone('alice');
    const client = await connected(user);
    for (const options of [{ expiresIn: null }, { claims: { exp: 1e18 }, expiresIn: null }]) {
      expect(await refresh(client, user, options)).toStrictEqual({
        success: true,
        expiresAt: null,
      });
    }
  });

  it('makes the new token’s end count, and announces it after the answer', async () => {
    const user = someone('alice');
    const client = await connected(user);
    const token = await tokenFor(user, { expiresIn: 3 });
    const expiresAt = iso(expiryOf(token));
    // Asked as the ack comes in: what follows it may be there before anybody else looks.
    const announced = await new Promise<unknown[]>((resolve) => {
      client.socket.emit('auth:refresh', { token }, () =>
        resolve(client.received('auth:expiring')),
      );
    });
    expect(announced).toEqual([]);
    expect(await client.next('auth:expiring')).toEqual({ expiresAt });
    const closed = client.disconnected();
    const told = await client.next('exception');
    expect(told).toStrictEqual({ ...aFailure('AUTH_FAILED'), event: 'auth:expired' });
    expect(await closed).toBe('io server disconnect');
    expect(Date.now()).toBeGreaterThanOrEqual(expiryOf(token));
  });

  it('makes the new token’s name and roles count for that socket, and no other', async () => {
    const user = someone('alice');
    const [client, other] = [await connected(user), await connected(user)];
    const foreign = await app.conversation([someone('owner')]);
    const own = await app.conversation([user]);
    const read = { conversationId: foreign };
    expect((await client.request('conversation:history', read)).error?.code).toBe(
      'PERMISSION_DENIED',
    );
    await refresh(client, { ...user, name: 'Alice II', roles: ['moderator'] });
    await client.expect('conversation:history', read);
    expect(messageIn(await client.send(own, 'hi')).senderName).toBe('Alice II');
    expect(messageIn(await other.send(own, 'hi')).senderName).toBe('alice');
    expect((await other.request('conversation:history', read)).success).toBe(false);
    // And back again: what the new token does not say is lost.
    await refresh(client, user);
    expect((await client.request('conversation:history', read)).success).toBe(false);
  });

  it.each<[string, (user: TestUser) => Promise<string> | string]>([
    ['nonsense', () => 'nonsense'],
    ['empty', () => ''],
    ['endless', () => 'x'.repeat(100_000)],
    ['expired', (user) => tokenFor(user, { expiresIn: -60 })],
    ['not valid yet', (user) => tokenFor(user, { notBefore: 120 })],
    ['of another secret', (user) => tokenFor(user, { secret: `${SECRET}, another` })],
    ['somebody else’s', () => tokenFor(someone('mallory', ['admin']))],
    ['a visitor’s', () => tokenFor({ id: 'anonymous:0123456789:x', name: 'Anonymous_x' })],
    [
      'revoked',
      async (user) => {
        const tokenId = newTokenId();
        await revoke({ jti: tokenId });
        return tokenFor(user, { tokenId });
      },
    ],
  ])('refuses one that is %s, and leaves everything as it was', async (_, make) => {
    const user = someone('alice');
    const client = await connected(user);
    const token = await make(user);
    const ack = await client.request('auth:refresh', { token });
    expect(ack).toStrictEqual(aFailure('AUTH_FAILED'));
    await client.settled();
  });

  it('leaves the end of the old token as it was where the new one is refused', async () => {
    const brief = await tokenFor(someone('alice'), { expiresIn: 2 });
    const client = await connectedWith(brief);
    await client.request('auth:refresh', { token: await tokenFor(someone('mallory')) });
    const closed = client.disconnected();
    await client.next('exception');
    expect(Date.now()).toBeGreaterThanOrEqual(expiryOf(brief));
    await closed;
  });

  it.each([[undefined], [null], ['token'], [{}], [{ token: null }], [{ token: 5 }], [[]]])(
    'says what is wrong with %j, and the connection stays',
    async (payload) => {
      const client = await connected(someone('alice'));
      const ack = await client.request('auth:refresh', payload);
      expect(ack).toStrictEqual(aFailure('VALIDATION_FAILED', { details: expect.any(Array) }));
      await client.settled();
    },
  );

  it('without an ack is refused by `exception`, which does not repeat the token', async () => {
    const client = await connected(someone('alice'));
    client.socket.emit('auth:refresh', { token: 'nonsense' });
    const told = await client.next('exception');
    expect(told).toStrictEqual({ ...aFailure('AUTH_FAILED'), event: 'auth:refresh' });
    expect(JSON.stringify(told)).not.toContain('nonsense');
    await client.settled();
  });

  it('is refused for a token that is revoked while it is looked at', async () => {
    const user = someone('alice');
    const client = await connected(user);
    const tokenId = newTokenId();
    const saving = heldBack(app.get(UserStore), 'save');
    const token = await tokenFor({ ...user, name: 'news' }, { tokenId });
    const answer = client.request('auth:refresh', { token });
    await saving.called;
    await revoke({ jti: tokenId });
    await saving.release();
    expect(await answer).toStrictEqual(aFailure('AUTH_FAILED'));
    await client.settled();
  });

  it('brings nobody back whose old token is revoked meanwhile', async () => {
    const user = someone('alice');
    const tokenId = newTokenId();
    const client = await connected(user, { tokenId });
    const saving = heldBack(app.get(UserStore), 'save');
    client.socket.emit('auth:refresh', { token: await tokenFor({ ...user, name: 'news' }) });
    await saving.called;
    const closed = client.disconnected();
    await revoke({ jti: tokenId });
    expect(await closed).toBe('io server disconnect');
    await saving.release();
    expect(client.received('exception')).toStrictEqual([
      { ...aFailure('AUTH_FAILED'), event: 'auth:expired' },
    ]);
  });

  it('goes by the new token when the old one is revoked', async () => {
    const user = someone('alice');
    const [old, fresh] = [newTokenId(), newTokenId()];
    const client = await connected(user, { tokenId: old });
    await refresh(client, user, { tokenId: fresh });
    await revoke({ jti: old });
    await client.settled();
    const closed = client.disconnected();
    await revoke({ jti: fresh });
    expect(await closed).toBe('io server disconnect');
  });

  it('says UNAVAILABLE while the service stops, which costs nobody the connection', async () => {
    const draining = await startApp();
    after.add(() => draining.stop());
    const user = someone('alice');
    const client = await draining.connect(user);
    draining.get(Admission).drain();
    const ack = await client.request('auth:refresh', { token: await tokenFor(user) });
    expect(ack).toStrictEqual(aFailure('UNAVAILABLE'));
    await client.settled();
  });
});
