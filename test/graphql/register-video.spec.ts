import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/tokens.js';
import {
  expectFailure,
  expectInvalid,
  graphql,
  REGISTER,
  type GraphqlClient,
} from './support/graphql-client.js';

describe('registerVideo', () => {
  let app: TestApp;
  let admin: GraphqlClient;
  beforeAll(async () => {
    app = await startApp();
    admin = await graphql(app, someone('root', ['admin']));
  });
  afterAll(() => app.stop());

  const register = (id: unknown, title = 'A film', client = admin) =>
    client.ask(REGISTER, { id, title });

  it('opens the chat of the video to everybody, under its title', async () => {
    expect((await app.dialRaw('/chat/ws/video/premiere').closed()).code).toBe(4004);
    expect(await register('premiere', 'The first night')).toStrictEqual({
      status: 200,
      data: { registerVideo: { id: 'premiere', title: 'The first night' } },
    });
    const visitor = await app.live(null, 'video/premiere');
    const { room_id: id } = visitor.frames[0]?.data as { room_id: number };
    expect(await admin.rooms([id])).toMatchObject([
      { slug: 'video-premiere', name: 'The first night', isPublic: true, participantCount: 1 },
    ]);
  });

  it('takes a number for the id, as document 5 has it, and lower-cases a text', async () => {
    expect((await register(42)).data?.registerVideo?.id).toBe('42');
    expect((await register('Live_Show-7')).data?.registerVideo?.id).toBe('live_show-7');
    await app.live(null, 'video/42');
    await app.live(null, 'video/LIVE_show-7');
  });

  it('changes the title of a video that is registered', async () => {
    await register('renamed', 'Before');
    expect((await register('RENAMED', 'After')).data?.registerVideo).toEqual({
      id: 'renamed',
      title: 'After',
    });
    const sql = `SELECT title FROM videos WHERE lower(id) = 'renamed'`;
    expect(await app.database.query(sql)).toEqual([{ title: 'After' }]);
  });

  it('is for administrators and superusers', async () => {
    for (const roles of [[], ['user'], ['moderator']]) {
      const client = await graphql(app, someone('other', roles));
      expectFailure(await register('not-theirs', 'x', client), 'PERMISSION_DENIED', 200);
    }
    const nobody = await graphql(app, null);
    expectFailure(await register('not-theirs', 'x', nobody), 'AUTH_FAILED', 200);
    expect(await app.database.query(`SELECT 1 FROM videos WHERE id = 'not-theirs'`)).toEqual([]);
    const superuser = await graphql(app, someone('other', ['superuser']));
    expect((await register('not-theirs', 'x', superuser)).errors).toBeUndefined();
  });

  it('keeps the name of its room for it', async () => {
    const user = await graphql(app, someone('alice'));
    expectInvalid(await user.create({ slug: 'Video-Reserved' }), 'slug');
    await register('reserved');
    expectInvalid(await user.create({ slug: 'video-reserved' }), 'slug');
  });

  it.each(['', ' ', 'a b', 'a/b', 'é', 'a.b', 'x'.repeat(59)])('refuses the id %j', async (id) => {
    expectInvalid(await register(id), 'id');
  });

  it('takes an id and a title of the greatest length', async () => {
    const [id, title] = ['x'.repeat(58), 't'.repeat(200)];
    expect((await register(id, title)).data?.registerVideo).toEqual({ id, title });
    await app.live(null, `video/${id}`);
  });

  it.each(['', '  \n', 'x'.repeat(201)])('refuses the title %j', async (title) => {
    expectInvalid(await register('untitled', title), 'title');
  });

  it('refuses NUL and lone surrogates', async () => {
    for (const unfit of ['a\0', '\ud800']) {
      expectFailure(await register(unfit), 'VALIDATION_FAILED', 200);
      expectFailure(await register('fit', unfit), 'VALIDATION_FAILED', 200);
    }
  });
});
