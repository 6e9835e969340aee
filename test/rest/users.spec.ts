import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import { expectInvalid, expectProblem } from './support/problems.js';

const ISO = /^\d{4}-\d\d-\d\dT.*Z$/;
const admin = someone('root', ['admin']);

describe('users over REST', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('GET /users/me tells who the token says one is', async () => {
    const client = await app.as({ id: 4_711, name: 'alice', roles: ['moderator', 'juggler'] });
    const answer = await client.get('/users/me');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: 4_711,
      username: 'alice',
      createdAt: expect.stringMatching(ISO),
      lastSeenAt: null,
      // Unknown roles are ignored.
      roles: ['moderator'],
    });
  });

  it.each([
    ['007', '007'],
    ['user|7', 'user|7'],
    ['9007199254740993', '9007199254740993'],
    ['0', 0],
  ])('sends the id %s as %j', async (id, sent) => {
    const client = await app.as({ id, name: 'someone' });
    expect((await client.get('/users/me')).body).toMatchObject({ id: sent });
  });

  it('GET /users/me follows the name in the newest token', async () => {
    const { id } = someone('before');
    await (await app.as({ id, name: 'before' })).get('/users/me');
    const renamed = await (await app.as({ id, name: 'after' })).get('/users/me');
    expect(renamed.body).toMatchObject({ username: 'after' });
  });

  it('PUT /users/:id lets an admin make a user known before it ever came', async () => {
    const client = await app.as(admin);
    const answer = await client.put('/users/newcomer', { username: 'New Comer' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: 'newcomer',
      username: 'New Comer',
      createdAt: expect.stringMatching(ISO),
      lastSeenAt: null,
    });
    const conversation = { type: 'private', participantIds: ['newcomer'] };
    expect((await client.post('/conversations', conversation)).status).toBe(201);
  });

  it('PUT /users/:id renames a user that is known', async () => {
    const client = await app.as(admin);
    await client.put('/users/77', { username: 'first' });
    await client.put('/users/77', { username: 'second' });
    expect(await app.database.query(`SELECT username FROM users WHERE id = '77'`)).toEqual([
      { username: 'second' },
    ]);
  });

  it('PUT /users/:id lets users rename themselves', async () => {
    const user = someone('before');
    const client = await app.as(user);
    const answer = await client.put(`/users/${String(user.id)}`, { username: 'after' });
    expect(answer.body).toMatchObject({ id: user.id, username: 'after' });
  });

  it('PUT /users/:id of another is for admins and superusers', async () => {
    for (const role of ['user', 'moderator']) {
      const client = await app.as(someone('other', [role]));
      expectProblem(await client.put('/users/1', { username: 'x' }), 'PERMISSION_DENIED', 403);
    }
    const superuser = await app.as(someone('other', ['superuser']));
    expect((await superuser.put('/users/1', { username: 'x' })).status).toBe(200);
  });

  it.each([
    {},
    { username: '' },
    { username: '   ' },
    { username: 5 },
    { username: 'x'.repeat(65) },
  ])('PUT /users/:id refuses %j', async (body) => {
    expectInvalid(await (await app.as(admin)).put('/users/1', body), 'username');
  });

  it('PUT /users/:id knows no user whose id no token could carry', async () => {
    const client = await app.as(admin);
    const answer = await client.put(`/users/${'x'.repeat(129)}`, { username: 'x' });
    expectProblem(answer, 'USER_NOT_FOUND', 404);
    expectProblem(await client.put('/users/a%00b', { username: 'x' }), 'VALIDATION_FAILED');
  });
});
