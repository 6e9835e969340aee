import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import {
  dial,
  ended,
  gatherLive,
  newSlug,
  NOT_FOUND,
  refusal,
  roomIdOf,
  speak,
} from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp({ LIVE_ROOM_GRACE_MS: '0' })));
afterAll(() => app.stop());

describe('a room’s name', () => {
  const names: [string, (room: { id: number; slug: string }) => number | string][] = [
    ['its slug', ({ slug }) => slug],
    ['its slug in capitals', ({ slug }) => slug.toUpperCase()],
    ['its slug, escaped', ({ slug }) => slug.replace('-', '%2D')],
    ['its id', ({ id }) => id],
    ['room_ and its id', ({ id }) => `room_${id}`],
  ];

  it.each(names)('may be %s', async (_, name) => {
    const gathering = await gatherLive(app, ['alice']);
    const bob = await dial(app, someone('bob'), name(gathering));
    expect(await bob.next('room_joined')).toStrictEqual({
      room_id: gathering.id,
      connection_count: 2,
    });
  });

  it.each([
    ...['0', '01', '007', '123456789', String(2 ** 31), '9'.repeat(40), 'room_0', 'room_123456789'],
    ...['-x', '_x', 'a.b', 'a%20b', 'a%2Fb', 'caf%C3%A9', '%3Cb%3E', `a${'x'.repeat(64)}`],
    ...['room_x', 'private_5_8', 'private_', '-1', '1.5', '%00', '__proto__'],
  ])('is not %s: 4004, with or without a token', async (name) => {
    for (const user of [null, someone('alice')]) {
      expect(await refusal(await dial(app, user, name))).toEqual({ ...NOT_FOUND, errors: [] });
    }
  });

  it.each(['', '/', '/a/b', 's/a', '/%ZZ'])('is no path such as /chat/ws/room%s', async (rest) => {
    expect(await app.dialRaw(`/chat/ws/room${rest}`).refused()).toBe(404);
  });

  it('may be as long as 64 characters', async () => {
    const slug = newSlug().padEnd(64, 'x');
    expect((await gatherLive(app, [null], slug)).id).toBeGreaterThan(0);
  });
});

describe('a room that comes to be by its first client', () => {
  it('is live, open to everybody, and nobody’s', async () => {
    const { slug, id } = await gatherLive(app, [null]);
    const { body } = await (await app.as(someone('alice'))).get(`/conversations/${slug}`);
    expect(body).toMatchObject({ id, slug, type: 'live', allowAnonymous: true, createdBy: null });
    expect(body).toMatchObject({ maxParticipants: null, participantCount: 0 });
  });

  it('is one, however many come first', async () => {
    const place = `room/${newSlug()}`;
    const comers = await Promise.all(range(1, 8).map(() => app.live(null, place)));
    expect(new Set(comers.map(roomIdOf)).size).toBe(1);
  });

  it('ends with the last who is in it, and its messages with it', async () => {
    const { id, place, clients } = await gatherLive(app, ['alice', null]);
    await speak(clients[0], 'before');
    const end = ended(app, id);
    for (const client of clients) client.close();
    await end;
    const counts = `SELECT (SELECT count(*) FROM conversations WHERE id = $1)::int AS rooms,
      (SELECT count(*) FROM messages WHERE conversation_id = $1)::int AS messages`;
    expect(await app.database.query(counts, [id])).toEqual([{ rooms: 0, messages: 0 }]);
    const next = await app.live(null, place);
    expect(roomIdOf(next)).toBeGreaterThan(id);
    expect(await refusal(await dial(app, null, id))).toEqual({ ...NOT_FOUND, errors: [] });
  });

  it('stays while one socket is in it', async () => {
    const { id, place, users, clients } = await gatherLive(app, ['alice', 'bob']);
    const [a, b] = clients;
    await speak(a, 'before');
    const second = await app.live(users[1], place);
    for (const client of [a, b]) client.close();
    await second.next('user_left');
    // A room that was left later has ended: this one would have, too.
    const other = await gatherLive(app, [null]);
    const end = ended(app, other.id);
    other.clients[0].close();
    await end;
    expect(roomIdOf(await app.live(null, place))).toBe(id);
    await speak(second, 'after');
  });
});

it('an empty room is kept for the grace time: who comes back finds what was said', async () => {
  const patient = await startApp({ LIVE_ROOM_GRACE_MS: '3600000' });
  after.add(() => patient.stop());
  const { id, place, clients } = await gatherLive(patient, ['alice', null]);
  const { id: first } = await speak(clients[0], 'first');
  await speak(clients[0], 'second');
  for (const client of clients) client.close();
  for (const client of clients) await client.closed();
  const again = patient.dialRaw(`/chat/ws/${place}?last_message_id=${String(first)}`);
  const welcome = { room_id: id, connection_count: 1, missed_count: 1, has_more: false };
  expect(await again.next('room_joined')).toStrictEqual(welcome);
  expect(await again.next('chat_message')).toMatchObject({ message: 'second' });
});
