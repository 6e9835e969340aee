import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { restClient, type RestClient } from '../support/rest-client.js';
import { someone, tokenFor } from '../support/tokens.js';
import { expectInvalid, expectProblem } from './support/problems.js';

const admin = someone('root', ['admin']);

describe('PUT /videos/:id', () => {
  let app: TestApp;
  let client: RestClient;
  beforeAll(async () => {
    app = await startApp();
    client = await app.as(admin);
  });
  afterAll(() => app.stop());

  const titleOf = async (id: string) =>
    (await app.database.query('SELECT title FROM videos WHERE id = $1', [id]))[0]?.title;

  it('registers a video, whose chat is open to everybody from then on', async () => {
    expect((await app.dialRaw('/chat/ws/video/42').closed()).code).toBe(4004);
    const answer = await client.put('/videos/42', { title: 'The first night' });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual({ id: '42', title: 'The first night' });
    const visitor = await app.live(null, 'video/42');
    const { room_id: id } = visitor.frames[0]?.data as { room_id: number };
    expect((await client.get('/conversations/video-42')).body).toMatchObject({
      id,
      type: 'live',
      title: 'The first night',
      allowAnonymous: true,
    });
  });

  it('lower-cases the id, in whatever case the video is asked for later', async () => {
    const answer = await client.put('/videos/Live_SHOW-7', { title: 'Show' });
    expect(answer.body).toEqual({ id: 'live_show-7', title: 'Show' });
    const [first, second] = [
      await app.live(null, 'video/live_show-7'),
      await app.live(null, 'video/LIVE_show-7'),
    ];
    expect(second.frames[0]?.data).toMatchObject({ connection_count: 2 });
    expect(await first.next('user_joined')).toMatchObject({ user_id: null });
  });

  it('changes the title of one that is registered, as often as it is asked to', async () => {
    for (const title of ['Before', 'After', 'After']) {
      const answer = await client.put('/videos/renamed', { title });
      expect([answer.status, answer.body]).toEqual([200, { id: 'renamed', title }]);
    }
    await client.put('/videos/RENAMED', { title: 'In the end' });
    expect(await titleOf('renamed')).toBe('In the end');
    const sql = `SELECT count(*)::integer AS count FROM videos WHERE lower(id) = 'renamed'`;
    expect(await app.database.query(sql)).toEqual([{ count: 1 }]);
  });

  it('leaves the messages of a video that is registered again where they are', async () => {
    await client.put('/videos/kept', { title: 'Before' });
    const watcher = await app.live(admin, 'video/kept');
    await watcher.request('chat_message', { message: 'hello' }, 'chat_message');
    await client.put('/videos/kept', { title: 'After' });
    expect((await client.get('/conversations/video-kept')).body).toMatchObject({ lastSeq: 1 });
    const late = await app.live(null, 'video/kept');
    expect(late.frames[0]?.data).toMatchObject({ connection_count: 2 });
  });

  describe('the room of a video', () => {
    const make = (user: RestClient, fields: Record<string, unknown>) =>
      user.post('/conversations', { type: 'private', ...fields });

    it('is nobody’s: its name is kept for it, registered or not, in any case', async () => {
      await client.put('/videos/reserved', { title: 'x' });
      const bob = await app.as(someone('bob'));
      for (const slug of ['video-reserved', 'VIDEO-Reserved', 'video-to-come']) {
        for (const type of ['private', 'public', 'live']) {
          expectInvalid(await make(bob, { type, slug }), 'slug');
        }
        await make(bob, { slug: 'bobs-own' });
        expectInvalid(await bob.patch('/conversations/bobs-own', { slug }), 'slug');
      }
    });

    it.each(['private', 'public', 'live'])(
      'cannot be one that a user has had since before: CONFLICT for the name of a %s one',
      async (type) => {
        const bob = await app.as(someone('bob'));
        const made = await make(bob, { type, slug: `bobs-${type}` });
        await app.database.query('UPDATE conversations SET slug = $1 WHERE id = $2', [
          `video-bobs-${type}`,
          (made.body as { id: number }).id,
        ]);
        const answer = await client.put(`/videos/bobs-${type}`, { title: 'x' });
        expectProblem(answer, 'CONFLICT', 409);
        expect(await titleOf(`bobs-${type}`)).toBeUndefined();
        await bob.delete(`/conversations/video-bobs-${type}`);
        expect((await client.put(`/videos/bobs-${type}`, { title: 'x' })).status).toBe(200);
        await app.live(null, `video/bobs-${type}`);
      },
    );

    it('is the one that is there where visitors were before it was a video', async () => {
      const early = await app.live(null, 'room/video-early');
      expect((await client.put('/videos/early', { title: 'x' })).status).toBe(200);
      const late = await app.live(null, 'video/early');
      const { room_id: id } = early.frames[0]?.data as { room_id: number };
      expect(late.frames[0]?.data).toEqual({ room_id: id, connection_count: 2 });
    });
  });

  it('is for administrators and superusers', async () => {
    for (const roles of [[], ['user'], ['moderator']]) {
      const other = await app.as(someone('other', roles));
      const answer = await other.put('/videos/not-theirs', { title: 'x' });
      expectProblem(answer, 'PERMISSION_DENIED', 403);
    }
    const nobody = restClient(app.url);
    expectProblem(await nobody.put('/videos/not-theirs', { title: 'x' }), 'AUTH_FAILED', 401);
    const expired = restClient(app.url, await tokenFor(admin, { expiresIn: -60 }));
    expectProblem(await expired.put('/videos/not-theirs', { title: 'x' }), 'AUTH_FAILED', 401);
    expect(await titleOf('not-theirs')).toBeUndefined();
    const superuser = await app.as(someone('other', ['superuser']));
    expect((await superuser.put('/videos/not-theirs', { title: 'x' })).status).toBe(200);
  });

  it.each(['%20', 'a b', 'a%2Fb', 'a.b', '%C3%A9', 'a:b', 'x'.repeat(59)])(
    'refuses the id %s',
    async (id) => {
      expectInvalid(await client.put(`/videos/${id}`, { title: 'x' }), 'id');
    },
  );

  it.each([
    {},
    { title: null },
    { title: 5 },
    { title: ['x'] },
    { title: '' },
    { title: ' \t\n\u00a0' },
    { title: 'x'.repeat(201) },
  ])('refuses %j', async (body) => {
    expectInvalid(await client.put('/videos/untitled', body), 'title');
    expect(await titleOf('untitled')).toBeUndefined();
  });

  it('refuses NUL and lone surrogates, in the path and in the body', async () => {
    expectProblem(await client.put('/videos/a%00b', { title: 'x' }), 'VALIDATION_FAILED', 400);
    for (const title of ['"a\\u0000"', '"\\ud800"']) {
      const answer = await client.put('/videos/unfit', `{"title":${title}}`);
      expectProblem(answer, 'VALIDATION_FAILED', 400);
    }
    expect(await titleOf('unfit')).toBeUndefined();
  });

  it('takes an id and a title of the greatest length', async () => {
    const [id, title] = ['x'.repeat(58), 't'.repeat(200)];
    expect((await client.put(`/videos/${id}`, { title })).body).toEqual({ id, title });
    await app.live(null, `video/${id}`);
  });
});
