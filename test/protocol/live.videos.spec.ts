import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import {
  anError,
  ended,
  FORBIDDEN,
  NOT_FOUND,
  refusal,
  roomIdOf,
  speak,
} from '../support/live-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';

let app: TestApp;
let admin: RestClient;
beforeAll(async () => {
  app = await startApp({ LIVE_ROOM_GRACE_MS: '0' });
  admin = await app.as(someone('admin', ['admin']));
});
afterAll(() => app.stop());

describe('PUT /videos/:id', () => {
  it.each(['admin', 'superuser'])('registers a video, as %s', async (role) => {
    const client = await app.as(someone(role, [role]));
    const { status, body } = await client.put(`/videos/by-${role}`, { title: 'A film' });
    expect({ status, body }).toEqual({ status: 200, body: { id: `by-${role}`, title: 'A film' } });
  });

  it.each([[[]], [['user']], [['moderator']]])('is refused to %j', async (roles) => {
    const client = await app.as(someone('somebody', roles));
    const { status, body } = await client.put('/videos/forbidden', { title: 'A film' });
    expect({ status, body }).toMatchObject({ status: 403, body: { code: 'PERMISSION_DENIED' } });
    expect(await refusal(app.dialRaw('/chat/ws/video/forbidden'))).toMatchObject(NOT_FOUND);
  });

  it.each([
    ['a%20b', { title: 'x' }, 'id'],
    ['caf%C3%A9', { title: 'x' }, 'id'],
    ['x'.repeat(59), { title: 'x' }, 'id'],
    ['fine', {}, 'title'],
    ['fine', { title: '' }, 'title'],
    ['fine', { title: 5 }, 'title'],
    ['fine', { title: 'x'.repeat(201) }, 'title'],
  ])('/videos/%s %j is refused', async (id, body, field) => {
    const answer = await admin.put(`/videos/${id}`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body).toMatchObject({ details: [{ field }] });
  });
});

describe('the room of a video', () => {
  it('comes to be with the first who is in it, bears its title, and ends with the last', async () => {
    await admin.put('/videos/film', { title: 'A film' });
    const alice = someone('alice');
    const rest = await app.as(alice);
    expect((await rest.get('/conversations/video-film')).status).toBe(404);
    const [a, visitor] = [await app.live(alice, 'video/film'), await app.live(null, 'video/film')];
    const id = roomIdOf(a);
    expect(roomIdOf(visitor)).toBe(id);
    const { body } = await rest.get('/conversations/video-film');
    expect(body).toMatchObject({ id, type: 'live', title: 'A film', allowAnonymous: true });
    await speak(visitor, 'hello');
    expect(await a.next('chat_message')).toMatchObject({ message: 'hello', room_id: id });
    const end = ended(app, id);
    for (const client of [a, visitor]) client.close();
    await end;
    expect((await rest.get('/conversations/video-film')).status).toBe(404);
    expect(roomIdOf(await app.live(null, 'video/film'))).toBeGreaterThan(id);
  });

  it('is the room of its slug', async () => {
    await admin.put('/videos/7', { title: 'Seven' });
    const [byVideo, bySlug] = [
      await app.live(null, 'video/7'),
      await app.live(null, 'room/video-7'),
    ];
    expect(roomIdOf(bySlug)).toBe(roomIdOf(byVideo));
  });

  it('is found in capitals, too', async () => {
    await admin.put('/videos/Big', { title: 'Big' });
    const [small, capital] = [await app.live(null, 'video/big'), await app.live(null, 'video/BIG')];
    expect(roomIdOf(small)).toBe(roomIdOf(capital));
  });

  it('bears the title of the time when it comes to be', async () => {
    await admin.put('/videos/renamed', { title: 'Before' });
    await admin.put('/videos/renamed', { title: 'After' });
    await app.live(null, 'video/renamed');
    const { body } = await admin.get('/conversations/video-renamed');
    expect(body).toMatchObject({ title: 'After' });
  });

  it('takes what catches up', async () => {
    await admin.put('/videos/caught', { title: 'Caught' });
    const client = await app.live(null, 'video/caught');
    const { id } = await speak(client, 'first');
    await speak(client, 'second');
    const late = app.dialRaw(`/chat/ws/video/caught?last_message_id=${String(id)}`);
    expect(await late.next('room_joined')).toMatchObject({ has_more: false });
    expect(await late.next('chat_message')).toMatchObject({ message: 'second' });
  });

  it('heeds a ban as every room does', async () => {
    await admin.put('/videos/strict', { title: 'Strict' });
    const bob = someone('bob');
    const ruler = await app.live(someone('ruler', ['admin']), 'video/strict');
    const client = await app.live(bob, 'video/strict');
    const data = { action: 'ban', target_user_id: bob.id, duration_minutes: 0 };
    await ruler.request('moderation_action', data, 'moderation_action');
    expect(await client.closed()).toEqual(FORBIDDEN);
    const again = app.dialRaw(`/chat/ws/video/strict?token=${await tokenFor(bob)}`);
    expect(await refusal(again)).toMatchObject(FORBIDDEN);
  });

  it('is nobody’s to take, whether or not there is the video', async () => {
    await admin.put('/videos/kept', { title: 'Kept' });
    const mallory = await app.as(someone('mallory'));
    const refused = { status: 400, body: { details: [{ field: 'slug' }] } };
    const own = await app.conversation([someone('owner')]);
    for (const slug of ['video-kept', 'video-none', 'VIDEO-none']) {
      const request = { type: 'private', slug };
      expect(await mallory.post('/conversations', request)).toMatchObject(refused);
      expect(await admin.patch(`/conversations/${own}`, { slug })).toMatchObject(refused);
    }
  });

  it('may be there before the video, where it belongs to nobody', async () => {
    const visitor = await app.live(null, 'room/video-early');
    expect(await admin.put('/videos/early', { title: 'Early' })).toMatchObject({ status: 200 });
    expect(roomIdOf(await app.live(null, 'video/early'))).toBe(roomIdOf(visitor));
    // From a time when the name could be taken.
    const id = await app.conversation([someone('owner')], { type: 'live' });
    const take = `UPDATE conversations SET slug = 'video-taken' WHERE id = $1`;
    await app.database.query(take, [id]);
    const answer = await admin.put('/videos/taken', { title: 'Too late' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  });
});

it.each(['42', 'none', 'a%20b', '%00', '__proto__', 'x'.repeat(300)])(
  'a video that nobody registered, such as %s, is closed with 4004',
  async (id) => {
    expect(await refusal(app.dialRaw(`/chat/ws/video/${id}`))).toEqual({
      ...NOT_FOUND,
      errors: [],
    });
    const bad = await refusal(app.dialRaw(`/chat/ws/video/${id}?token=bad`));
    expect(bad.errors).toStrictEqual([anError('Invalid token', 'AUTH_FAILED')]);
  },
);
