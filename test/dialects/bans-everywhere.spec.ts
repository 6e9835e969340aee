import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { turns } from '../persistence/support/race.js';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, range } from '../support/chat-shapes.js';
import { anError as inLive, FORBIDDEN } from '../support/live-shapes.js';
import { seededRandom } from '../support/seeded-random.js';
import { someone, tokenFor, type TestUser } from '../support/tokens.js';
import { errorOf } from '../support/veza-errors.js';
import { moderate } from './support/moderating.js';

const ROUNDS = 10;
const PUT_OUT = { code: 1008, reason: 'put out by a moderator' };
const BANNED = { code: 'BANNED', message: 'You are banned.' };

const { seed, random } = seededRandom();

let app: TestApp;
let admin: TestUser;
beforeAll(async () => {
  app = await startApp();
  admin = someone('admin', ['admin']);
});
afterAll(() => app.stop());

const act = (action: string, target: TestUser) =>
  moderate(app, admin, { action, userId: target.id });

const connect = async (user: TestUser) => ({
  chat: await app.connect(user),
  root: await app.root(user),
  veza: await app.veza(user),
  salon: await app.salon(user),
  live: await app.live(user, 'room/anywhere'),
});

describe('a ban from the service', () => {
  it('closes all connections, and each is told why', async () => {
    const user = await known();
    const { chat, root, veza, salon, live } = await connect(user);
    await act('ban', user);
    const gone = [chat, root].map((client) => client.disconnected());
    expect(await chat.next('exception')).toEqual({ ...aFailure('BANNED'), event: 'connection' });
    expect(await root.next('error')).toEqual(BANNED);
    await Promise.all(gone);
    expect(await veza.next('error')).toEqual(errorOf(1008, BANNED.message));
    const details = {};
    const inSalon = { code: 'PERMISSION_DENIED', message: BANNED.message, details };
    expect(await salon.next('error')).toEqual(inSalon);
    expect(await live.next('error')).toEqual(inLive('You are muted or banned', 'BANNED'));
    const closings = await Promise.all([veza, salon, live].map((client) => client.closed()));
    expect(closings).toEqual([PUT_OUT, PUT_OUT, FORBIDDEN]);
  });

  it('is told at every door', async () => {
    const user = await known();
    await act('ban', user);
    const token = await tokenFor(user);
    for (const namespace of ['/chat', '/']) {
      const refusal = await app.dial(token, { namespace }).refused();
      expect([refusal.message, refusal.data]).toEqual([BANNED.message, { code: 'BANNED' }]);
    }
    const veza = app.dialRaw(`/ws?token=${token}`);
    expect((await veza.closed()).code).toBe(1008);
    expect(veza.frames).toMatchObject([{ type: 'error', data: { code: 1008 } }]);
    const bySignIn = app.dialRaw('/ws');
    await bySignIn.opened();
    bySignIn.send('auth', { token });
    expect((await bySignIn.closed()).code).toBe(1008);
    expect(bySignIn.frames).toMatchObject([{ type: 'error', data: { code: 1008 } }]);
    const salon = app.dialRaw(`/ws/chat?token=${token}`);
    expect((await salon.closed()).code).toBe(1008);
    expect(salon.frames).toMatchObject([{ type: 'error', data: { code: 'PERMISSION_DENIED' } }]);
    const live = app.dialRaw(`/chat/ws/room/anywhere?token=${token}`);
    expect(await live.closed()).toEqual(FORBIDDEN);
    expect(live.frames).toMatchObject([{ type: 'error', data: { code: 'BANNED' } }]);
    const rest = await app.as(user);
    for (const answer of [
      await rest.get('/users/me'),
      await rest.post('/conversations', { type: 'private' }),
    ]) {
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([403, 'BANNED']);
    }
    const { body } = await rest.post('/graphql', { query: '{ chatRooms { id } }' });
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BANNED' } }] });
  });

  it('ends when it is lifted', async () => {
    const user = await known();
    await act('ban', user);
    await act('unban', user);
    const clients = await connect(user);
    await clients.chat.settled();
    expect((await (await app.as(user)).get('/users/me')).status).toBe(200);
  });

  it('lets nobody slip in who comes at the same moment', async () => {
    for (const round of range(1, ROUNDS)) {
      const user = await known();
      const token = await tokenFor(user);
      const visits = [
        ...['/chat', '/'].map((namespace) => () => app.dial(token, { namespace }).gone()),
        ...['/ws', '/ws/chat', '/chat/ws/room/anywhere'].map(
          (path) => () => app.dialRaw(`${path}?token=${token}`).closed(),
        ),
      ].map(async (visit) => {
        await turns(random, 60);
        return visit();
      });
      await turns(random, 60);
      await act('ban', user);
      // Refused, or hung up on.
      await Promise.all(visits);
      const left = [...app.get(Registry).connectionsOf(String(user.id))];
      expect({ seed, round, left: left.map(({ dialect }) => dialect.name) }).toEqual({
        ...{ seed, round, left: [] },
      });
    }
  });
});

describe('a kick from the service', () => {
  it('closes all connections, and keeps nobody from coming back', async () => {
    const user = await known();
    const { chat, root, veza, salon, live } = await connect(user);
    await act('kick', user);
    for (const client of [chat, root])
      expect(await client.disconnected()).toMatch(/already|server/);
    const closings = await Promise.all([veza, salon, live].map((client) => client.closed()));
    expect(closings).toEqual([PUT_OUT, PUT_OUT, FORBIDDEN]);
    for (const client of [veza, salon, live]) expect(client.received('error')).toEqual([]);
    const again = await connect(user);
    await again.chat.settled();
    await again.root.expect('message', { message: 'here I am' });
  });
});

/** A user whom the service has met. */
async function known(): Promise<TestUser> {
  const user = someone('bob');
  await (await app.as(user)).get('/users/me');
  return user;
}
