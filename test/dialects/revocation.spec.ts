import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DirectoryService } from '../../src/core/directory.service.js';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { RoomLeaseStore } from '../../src/core/ports/room-lease-store.js';
import { UserStore } from '../../src/core/ports/user-store.js';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { anError, newSlug } from '../support/live-shapes.js';
import type { RestClient } from '../support/rest-client.js';
import { newTokenId, someone, tokenFor, type TestUser } from '../support/tokens.js';
import { heldBack } from '../transport/support/held-back.js';
import {
  EACH,
  expectNotLetIn,
  expectRefused,
  expectSignedOut,
  holding,
} from './support/holders.js';

let app: TestApp;
let admin: RestClient;
beforeAll(async () => {
  app = await startApp();
  admin = await app.as(someone('admin', ['admin']));
});
afterAll(() => app.stop());

async function revoke(body: unknown): Promise<void> {
  const { status } = await admin.post('/auth/revocations', body);
  expect(status).toBe(201);
}

const connectionCount = ({ id }: TestUser): number =>
  [...app.get(Registry).connectionsOf(String(id))].length;

/** Of the same user, so that nothing but time and id tells them apart. */
const aToken = (user: TestUser, options = {}) =>
  tokenFor(user, { tokenId: newTokenId(), issuedIn: -10, ...options });

describe.each(EACH)('in %s', (_, presenting) => {
  it('a user’s tokens: their sockets are told and closed before the answer', async () => {
    const user = someone('user');
    const token = await aToken(user);
    const holders = [
      await holding(presenting, app, token),
      await holding(presenting, app, await aToken(user)),
    ];
    const other = await holding(presenting, app, await aToken(someone('other')));
    await revoke({ userId: user.id });
    expect(connectionCount(user)).toBe(0);
    for (const holder of holders) await expectSignedOut(presenting, holder);
    expect(other.isOpen).toBe(true);
    await expectNotLetIn(presenting, app, token);
  });

  it('one token: its sockets alone', async () => {
    const user = someone('user');
    const tokenId = newTokenId();
    const token = await aToken(user, { tokenId });
    const holder = await holding(presenting, app, token);
    const other = await holding(presenting, app, await aToken(user));
    const nameless = await holding(presenting, app, await tokenFor(user));
    await revoke({ jti: tokenId });
    expect(connectionCount(user)).toBe(2);
    await expectSignedOut(presenting, holder);
    await expectNotLetIn(presenting, app, token);
    expect([other.isOpen, nameless.isOpen]).toEqual([true, true]);
    expect([...other.failures(), ...nameless.failures()]).toEqual([]);
  });

  it('tokens issued until a time: a later one stays good', async () => {
    const user = someone('user');
    const before = new Date(Date.now() - 5_000).toISOString();
    const earlier = await holding(presenting, app, await aToken(user));
    const later = await holding(presenting, app, await aToken(user, { issuedIn: -3 }));
    await revoke({ userId: user.id, before });
    await expectSignedOut(presenting, earlier);
    expect(later.isOpen).toBe(true);
    await holding(presenting, app, await aToken(user, { issuedIn: 0 }));
  });

  it('a token that says not when it was issued counts as an old one', async () => {
    const user = someone('user');
    const token = await aToken(user, { issuedIn: null });
    const holder = await holding(presenting, app, token);
    await revoke({ userId: user.id, before: '1970-01-01T00:00:00Z' });
    await expectSignedOut(presenting, holder);
  });

  it('while its user is being looked up: nobody slips through', async () => {
    const user = someone('racer');
    const saving = heldBack(app.get(UserStore), 'save');
    const holder = presenting.dial(app, await aToken(user));
    await saving.called;
    await revoke({ userId: user.id });
    await saving.release();
    await expectRefused(presenting, holder);
    expect(connectionCount(user)).toBe(0);
  });

  it('while its conversations are being read: nobody slips through', async () => {
    const user = someone('racer');
    const tokenId = newTokenId();
    const reading = heldBack(app.get(ParticipantStore), 'conversationsOf');
    const holder = presenting.dial(app, await aToken(user, { tokenId }));
    await reading.called;
    await revoke({ jti: tokenId });
    await reading.release();
    await expectRefused(presenting, holder);
    expect(connectionCount(user)).toBe(0);
  });
});

it.each([
  ['before it is known where it goes', DirectoryService, 'resolveOrOpen'],
  ['on its way into the room', RoomLeaseStore, 'take'],
] as const)('in live, %s: nobody slips through', async (_, service, method) => {
  const user = someone('racer');
  const target = app.get<Record<string, (...args: never[]) => Promise<unknown>>>(service as never);
  const entering = heldBack(target, method);
  const path = `/chat/ws/room/${newSlug()}?token=${await aToken(user)}`;
  const client = app.dialRaw(path);
  await entering.called;
  await revoke({ userId: user.id });
  await entering.release();
  expect(await client.closed()).toEqual({ code: 1008, reason: 'authentication failed' });
  expect(client.frames.map(({ type }) => type)).toEqual(['error']);
  expect(client.received('error')).toStrictEqual([anError('Invalid token', 'AUTH_FAILED')]);
  expect(connectionCount(user)).toBe(0);
});

it('of nobody who connects while tokens are revoked, in any order, is there one left', async () => {
  for (let round = 0; round < 10; round++) {
    const user = someone('swarm');
    const dials = await Promise.all(
      EACH.map(async ([, presenting]) => ({ presenting, token: await aToken(user) })),
    );
    const holders = dials.map(({ presenting, token }) => presenting.dial(app, token));
    for (let turn = 0; turn < round * 3; turn++) await new Promise(setImmediate);
    await revoke({ userId: user.id });
    await Promise.all(holders.map((holder) => holder.ended()));
    expect(connectionCount(user)).toBe(0);
  }
});

it('a visitor without a token is nobody whose tokens could be revoked', async () => {
  const visitor = await app.live(null, 'room/holders');
  const [connection] = [...app.get(Registry).connections()].filter(({ identity }) =>
    identity.userId.startsWith('anonymous:'),
  );
  await revoke({ userId: connection?.identity.userId });
  await visitor.settled();
});
