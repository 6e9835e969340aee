import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range } from '../support/chat-shapes.js';
import { restClient, type RestClient } from '../support/rest-client.js';
import { Service } from '../support/service.js';
import { newTokenId, someone, tokenFor } from '../support/tokens.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { PageView } from './support/views.js';

interface RevocationView {
  id: number;
  jti?: string;
  userId?: number | string;
  before: string | null;
  createdAt: string;
}

const PATH = '/auth/revocations';
const boss = someone('boss', ['admin']);

let app: TestApp;
let admin: RestClient;
beforeAll(async () => {
  app = await startApp();
  admin = await app.as(boss);
});
afterAll(() => app.stop());

const revoke = async (body: unknown): Promise<RevocationView> => {
  const answer = await admin.post(PATH, body);
  expect(answer.status).toBe(201);
  return bodyOf<RevocationView>(answer);
};
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const holderOf = (token: string) => restClient(app.url, token);

describe('POST /auth/revocations', () => {
  it('takes back one token by its jti, and says so', async () => {
    const jti = newTokenId();
    expect(await revoke({ jti })).toStrictEqual({
      id: expect.any(Number),
      jti,
      before: null,
      expiresAt: null,
      reason: null,
      revokedBy: boss.id,
      createdAt: INSTANT,
    });
  });

  it('takes back a user’s tokens until now, or until a time', async () => {
    const user = someone('user');
    const begun = new Date().toISOString();
    const all = await revoke({ userId: user.id, reason: 'lost phone' });
    expect(all).toStrictEqual({
      id: expect.any(Number),
      userId: user.id,
      before: INSTANT,
      expiresAt: null,
      reason: 'lost phone',
      revokedBy: boss.id,
      createdAt: INSTANT,
    });
    expect(String(all.before) >= begun).toBe(true);
    const before = '2030-01-31T12:00:00+02:00';
    expectInvalid(await admin.post(PATH, { userId: user.id, before }), 'before');
    const past = '2020-01-31T12:00:00.250+02:00';
    expect((await revoke({ userId: user.id, before: past })).before).toBe(
      '2020-01-31T10:00:00.250Z',
    );
  });

  it('knows a user before the service does, by text or number', async () => {
    for (const userId of ['auth0|never-seen', 4_711, '4711']) {
      const { userId: told } = await revoke({ userId });
      expect(told).toBe(userId === '4711' ? 4_711 : userId);
    }
  });

  it('takes null for what is left out', async () => {
    const jti = newTokenId();
    const nulls = { userId: null, before: null, expiresAt: null, reason: null };
    expect((await revoke({ jti, ...nulls })).jti).toBe(jti);
    const user = someone('null');
    await revoke({ userId: user.id, jti: null, before: null });
    expectProblem(await admin.post(PATH, { userId: null, jti: null }), 'VALIDATION_FAILED');
  });

  it.each<[string, unknown, string]>([
    ['neither', { reason: 'lost' }, 'jti'],
    ['a misspelt field', { userId: 1, befor: '2020-01-31T12:00:00Z' }, 'befor'],
    ['both', { jti: 'x', userId: 1 }, 'jti'],
    ['a jti that is a number', { jti: 5 }, 'jti'],
    ['an empty jti', { jti: '' }, 'jti'],
    ['a jti too long', { jti: 'x'.repeat(257) }, 'jti'],
    ['a list of jtis', { jti: ['x'] }, 'jti'],
    ['an empty user', { userId: '' }, 'userId'],
    ['a user that is an object', { userId: { id: 1 } }, 'userId'],
    ['a negative user', { userId: -1 }, 'userId'],
    ['a fraction of a user', { userId: 1.5 }, 'userId'],
    ['a time with a jti', { jti: 'x', before: '2020-01-31T12:00:00Z' }, 'before'],
    ['a time that is none', { userId: 1, before: 'yesterday' }, 'before'],
    ['a time that is no text', { userId: 1, before: 1_600_000_000 }, 'before'],
    ['a time without its offset', { userId: 1, before: '2020-01-31T12:00:00' }, 'before'],
    ['a date alone', { userId: 1, before: '2020-01-31' }, 'before'],
    ['a month too many', { userId: 1, before: '2020-13-31T12:00:00Z' }, 'before'],
    ['a time to come', { userId: 1, before: '2999-01-31T12:00:00Z' }, 'before'],
    ['an end with a user', { userId: 1, expiresAt: '2999-01-31T12:00:00Z' }, 'expiresAt'],
    ['an end in the past', { jti: 'x', expiresAt: '2020-01-31T12:00:00Z' }, 'expiresAt'],
    ['a blank reason', { jti: 'x', reason: '  ' }, 'reason'],
    ['a reason too long', { jti: 'x', reason: 'x'.repeat(501) }, 'reason'],
    ['a reason that is no text', { jti: 'x', reason: 5 }, 'reason'],
  ])('refuses %s', async (_, body, field) => {
    const before = bodyOf<PageView<RevocationView>>(await admin.get(PATH)).items[0]?.id;
    expectInvalid(await admin.post(PATH, body), field);
    expect(bodyOf<PageView<RevocationView>>(await admin.get(PATH)).items[0]?.id).toBe(before);
  });

  it('refuses what is no object, and text that no database keeps', async () => {
    for (const body of ['[]', '"jti"', 'null', '{', '{"jti":"a\\u0000b"}', '{"jti":"\\ud800"}']) {
      expectProblem(await admin.post(PATH, body), 'VALIDATION_FAILED');
    }
  });

  it('is for administrators alone', async () => {
    const jti = newTokenId();
    const holder = holderOf(await tokenFor(someone('holder'), { tokenId: jti }));
    for (const roles of [[], ['user'], ['moderator']]) {
      const client = await app.as(someone('nobody', roles));
      expectProblem(await client.post(PATH, { jti }), 'PERMISSION_DENIED');
      expectProblem(await client.get(PATH), 'PERMISSION_DENIED');
    }
    expectProblem(await restClient(app.url).post(PATH, { jti }), 'AUTH_FAILED');
    expect((await holder.get('/users/me')).status).toBe(200);
    const superuser = await app.as(someone('root', ['superuser']));
    expect((await superuser.post(PATH, { jti })).status).toBe(201);
  });

  it('takes back an administrator’s own, which is the last it does with them', async () => {
    const own = await app.as(someone('leaver', ['admin']));
    const { userId } = { userId: bodyOf<{ id: number }>(await own.get('/users/me')).id };
    expect((await own.post(PATH, { userId })).status).toBe(201);
    expectProblem(await own.post(PATH, { userId }), 'AUTH_FAILED');
  });
});

describe('a revoked token', () => {
  it('is refused everywhere like any bad token: nothing tells that it was taken back', async () => {
    const user = someone('user');
    const jti = newTokenId();
    const token = await tokenFor(user, { tokenId: jti });
    const client = holderOf(token);
    expect((await client.get('/users/me')).status).toBe(200);
    await revoke({ jti, reason: 'stolen' });
    const told = expectProblem(await client.get('/users/me'), 'AUTH_FAILED');
    expect(told).toEqual(expectProblem(await holderOf('nonsense').get('/users/me'), 'AUTH_FAILED'));
    const file = new FormData();
    file.append('file', new Blob(['hi']), 'hi.txt');
    const headers = { authorization: `Bearer ${token}` };
    const upload = await fetch(`${app.url}/uploads`, { method: 'POST', headers, body: file });
    expect(upload.status).toBe(401);
    const download = await fetch(`${app.url}/uploads/${crypto.randomUUID()}?token=${token}`);
    expect(download.status).toBe(401);
    const query = '{ chatRooms { id } }';
    const answer = await client.post('/graphql', { query });
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'AUTH_FAILED' } }] });
    const other = holderOf(await tokenFor(user, { tokenId: newTokenId() }));
    expect((await other.get('/users/me')).status).toBe(200);
  });

  it('costs no query to find out, and nor does one that is good', async () => {
    const token = await tokenFor(someone('asker'));
    const client = holderOf(token);
    await client.get('/users/me');
    await app.database.query('ALTER TABLE revocations RENAME TO away');
    try {
      expect((await client.get('/users/me')).status).toBe(200);
    } finally {
      await app.database.query('ALTER TABLE away RENAME TO revocations');
    }
  });

  it('of a user is good again once it is issued later', async () => {
    const user = someone('user');
    const old = holderOf(await tokenFor(user, { issuedIn: -10 }));
    await revoke({ userId: user.id, before: inSeconds(-5) });
    expectProblem(await old.get('/users/me'), 'AUTH_FAILED');
    const fresh = holderOf(await tokenFor(user));
    expect((await fresh.get('/users/me')).status).toBe(200);
    // An earlier time takes nothing back of what a later one said.
    await revoke({ userId: user.id, before: inSeconds(-3_600) });
    expectProblem(await old.get('/users/me'), 'AUTH_FAILED');
  });

  it('by a jti that is a number is found by its text', async () => {
    const jti = 900_000 + Math.floor(Math.random() * 1_000);
    const client = holderOf(await tokenFor(someone('counted'), { claims: { jti } }));
    expect((await client.get('/users/me')).status).toBe(200);
    await revoke({ jti: String(jti) });
    expectProblem(await client.get('/users/me'), 'AUTH_FAILED');
  });

  it('is forgotten when it expires by itself, as whoever revoked it said', async () => {
    const jti = newTokenId();
    const client = holderOf(await tokenFor(someone('forgotten'), { tokenId: jti }));
    const expiresAt = inSeconds(1.5);
    expect(await revoke({ jti, expiresAt })).toMatchObject({ expiresAt });
    expectProblem(await client.get('/users/me'), 'AUTH_FAILED');
    const until = Date.parse(expiresAt);
    while (Date.now() < until) await new Promise(setImmediate);
    expect((await client.get('/users/me')).status).toBe(200);
  });

  it('stays revoked when the service starts anew', async () => {
    const empty = await startApp();
    const service = await Service.start({ DATABASE_URL: empty.database.url });
    try {
      const user = someone('user');
      const jti = newTokenId();
      const tokens = [
        await tokenFor(user, { issuedIn: -10 }),
        await tokenFor(someone('other'), { tokenId: jti }),
      ];
      const own = restClient(service.url, await tokenFor(boss));
      for (const body of [{ userId: user.id, before: inSeconds(-5) }, { jti }]) {
        expect((await own.post(PATH, body)).status).toBe(201);
      }
      await service.end('SIGKILL');
      await service.restart();
      for (const token of tokens) {
        expectProblem(await restClient(service.url, token).get('/users/me'), 'AUTH_FAILED');
      }
      expect((await own.get('/users/me')).status).toBe(200);
    } finally {
      await service.remove();
      await empty.stop();
    }
  }, 60_000);
});

describe('GET /auth/revocations', () => {
  it('comes newest first, in pages that hold each one once', async () => {
    const ids: number[] = [];
    for (const n of range(1, 7)) ids.unshift((await revoke({ jti: `page-${n}` })).id);
    for (const limit of [1, 3, 7]) {
      const seen: number[] = [];
      let cursor: string | null = null;
      while (seen.length < ids.length) {
        const from: string = cursor === null ? '' : `&cursor=${cursor}`;
        const page = bodyOf<PageView<RevocationView>>(
          await admin.get(`${PATH}?limit=${limit}${from}`),
        );
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(seen.slice(0, 7)).toEqual(ids);
    }
  });

  it('shows what was answered when they were revoked, and ends with null', async () => {
    const made = [await revoke({ jti: newTokenId() }), await revoke({ userId: 'somebody' })];
    const { items, nextCursor } = bodyOf<PageView<RevocationView>>(
      await admin.get(`${PATH}?limit=100`),
    );
    expect(items.slice(0, 2)).toEqual(made.reverse());
    expect(nextCursor).toBeNull();
  });

  it('refuses bounds and cursors that are none', async () => {
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const limit of ['0', '101', '-1', '1.5', 'many']) {
      expectInvalid(await admin.get(`${PATH}?limit=${limit}`), 'limit');
    }
    for (const cursor of ['nonsense', forged(['x']), forged([1, 2]), forged({}), forged([1.5])]) {
      expectInvalid(await admin.get(`${PATH}?cursor=${cursor}`), 'cursor');
    }
    const last = await admin.get(`${PATH}?cursor=${forged([-1])}`);
    expect(last.body).toEqual({ items: [], nextCursor: null });
    const far = await admin.get(`${PATH}?limit=1&cursor=${forged([2 ** 53 - 1])}`);
    expect(bodyOf<PageView<RevocationView>>(far).items).toHaveLength(1);
  });
});
