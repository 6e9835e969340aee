import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  anError,
  DENIED,
  dial,
  ended,
  FORBIDDEN,
  newSlug,
  NOT_FOUND,
  refusal,
  roomIdOf,
  speak,
  welcomeOf,
} from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';

const FULL = anError('Access denied', 'CONVERSATION_FULL');

let app: TestApp;
beforeAll(async () => void (app = await startApp({ LIVE_ROOM_GRACE_MS: '0' })));
afterAll(() => app.stop());

describe('conversations of other types are entered under their own permissions', () => {
  it('a public one: by users, who take part from then on', async () => {
    const slug = newSlug();
    const id = await app.conversation([someone('owner')], { type: 'public', slug });
    const alice = someone('alice');
    expect(roomIdOf(await app.live(alice, `room/${slug}`))).toBe(id);
    const { body } = await (await app.as(alice)).get('/conversations');
    expect(body).toMatchObject({ items: [{ id, participantCount: 2 }] });
    expect(await refusal(await dial(app, null, id))).toEqual({ ...FORBIDDEN, errors: [DENIED] });
  });

  it('a private one: by its participants', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob], { slug: newSlug() });
    const [a, b] = [await app.live(alice, `room/${id}`), await app.live(bob, `room/${id}`)];
    await speak(a, 'among us');
    expect(await b.next('chat_message')).toMatchObject({ message: 'among us', room_id: id });
    for (const stranger of [someone('mallory'), null]) {
      expect(await refusal(await dial(app, stranger, id))).toEqual({
        ...FORBIDDEN,
        errors: [DENIED],
      });
    }
  });

  it('a direct one: by the two, either way round, once there is one', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    await (await app.as(bob)).get('/users/me');
    const name = `private_${bob.id}_${alice.id}`;
    expect(await refusal(await dial(app, alice, name))).toEqual({ ...NOT_FOUND, errors: [] });
    const id = await app.conversation([alice, bob], { type: 'direct' });
    for (const user of [alice, bob])
      expect(roomIdOf(await app.live(user, `room/${name}`))).toBe(id);
    for (const stranger of [someone('mallory'), null]) {
      expect(await refusal(await dial(app, stranger, id))).toEqual({
        ...FORBIDDEN,
        errors: [DENIED],
      });
      expect(await refusal(await dial(app, stranger, name))).toEqual({ ...NOT_FOUND, errors: [] });
    }
  });

  it('the lobby: by users', async () => {
    await app.live(someone('alice'), 'room/lobby');
    expect(await refusal(await dial(app, null, 'lobby'))).toEqual({
      ...FORBIDDEN,
      errors: [DENIED],
    });
  });

  it('none of them ends with the last who is in it', async () => {
    const owner = someone('owner');
    const ids = [
      await app.conversation([owner], { type: 'public' }),
      await app.conversation([owner], { type: 'private' }),
    ];
    const watcher = await app.live(null, `room/${newSlug()}`);
    const end = ended(app, roomIdOf(watcher));
    for (const id of ids) (await app.live(owner, `room/${id}`)).close();
    for (const id of ids) await app.live(owner, `room/${id}`).then((client) => client.settled());
    watcher.close();
    await end;
    for (const id of ids) expect(roomIdOf(await app.live(owner, `room/${id}`))).toBe(id);
  });
});

describe('a full room', () => {
  it('refuses with 4003, until somebody leaves; sockets of who is in it do not count', async () => {
    const alice = someone('alice');
    const fields = { type: 'live', allowAnonymous: true, maxParticipants: 2, slug: newSlug() };
    const id = await app.conversation([someone('owner')], fields);
    const a = await app.live(alice, `room/${id}`);
    const visitor = await app.live(null, `room/${id}`);
    await app.live(alice, `room/${id}`);
    for (const user of [someone('carol'), null]) {
      expect(await refusal(await dial(app, user, id))).toEqual({ ...FORBIDDEN, errors: [FULL] });
    }
    visitor.close();
    await a.next('user_left');
    expect(welcomeOf(await app.live(null, `room/${id}`))).toMatchObject({ connection_count: 3 });
    // Nobody heard of those who did not get in.
    await a.settled();
    expect(a.received('user_joined')).toHaveLength(2);
    expect(a.received('user_left')).toHaveLength(1);
  });

  it('of another type counts who takes part', async () => {
    const fields = { type: 'public', maxParticipants: 1 };
    const id = await app.conversation([someone('owner')], fields);
    expect(await refusal(await dial(app, someone('bob'), id))).toEqual({
      ...FORBIDDEN,
      errors: [FULL],
    });
  });
});

describe('reception ends', () => {
  it('with 4004 where the room is deleted', async () => {
    const [owner, bob] = [someone('owner'), someone('bob')];
    const id = await app.conversation([owner], { type: 'live' });
    const clients = [await app.live(owner, `room/${id}`), await app.live(bob, `room/${id}`)];
    expect((await (await app.as(owner)).delete(`/conversations/${id}`)).status).toBe(204);
    for (const client of clients) expect(await client.closed()).toEqual(NOT_FOUND);
  });

  it('with 4003 for whom the owner removes, at all of the user’s sockets', async () => {
    const [owner, bob] = [someone('owner'), someone('bob')];
    const id = await app.conversation([owner, bob]);
    const a = await app.live(owner, `room/${id}`);
    const sockets = [await app.live(bob, `room/${id}`), await app.live(bob, `room/${id}`)];
    const path = `/conversations/${id}/participants/${bob.id}`;
    expect((await (await app.as(owner)).delete(path)).status).toBe(204);
    for (const client of sockets) expect(await client.closed()).toEqual(FORBIDDEN);
    expect(await a.next('user_left')).toStrictEqual({ user_id: bob.id, username: 'bob' });
    expect(await refusal(await dial(app, bob, id))).toEqual({ ...FORBIDDEN, errors: [DENIED] });
    await speak(a, 'alone');
  });
});
