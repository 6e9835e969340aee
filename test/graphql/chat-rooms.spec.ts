import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { codeUnder } from '../support/live-samples.js';
import { someone, tokenFor } from '../support/tokens.js';
import { departure } from './support/announced.js';
import { expectFailure, expectInvalid, graphql, GraphqlClient } from './support/graphql-client.js';

const [alice, bob] = [someone('alice'), someone('bob')];

describe('chatRooms', () => {
  let app: TestApp;
  let a: GraphqlClient;
  let b: GraphqlClient;
  let visitor: GraphqlClient;
  beforeAll(async () => {
    app = await startApp();
    a = await graphql(app, alice);
    b = await graphql(app, bob);
    visitor = await graphql(app, null);
  });
  afterAll(() => app.stop());

  const restRoom = (fields: Record<string, unknown> = {}) =>
    app.conversation([alice], { type: 'live', ...fields });
  const idsOf = async (client: GraphqlClient, ids: readonly number[]) =>
    (await client.rooms(ids)).map(({ id }) => id);

  it('answers the query of document 5 as it stands there', async () => {
    const room = await a.room({ name: 'Document 5', slug: 'doc-5', description: 'Chat public' });
    await app.live(alice, 'room/doc-5');
    const [, query = ''] = codeUnder('Comment obtenir un room_id', 'graphql');
    const { status, data } = await a.ask(query);
    expect(status).toBe(200);
    expect(Object.keys(data ?? {})).toEqual(['chatRooms']);
    expect(data?.chatRooms?.find(({ id }) => id === room.id)).toStrictEqual({
      id: room.id,
      slug: 'doc-5',
      name: 'Document 5',
      description: 'Chat public',
      isPublic: true,
      participantCount: 1,
    });
  });

  it('lists a room while somebody is in it, not from when to when it exists', async () => {
    const { id } = await a.room();
    expect(await visitor.rooms([id])).toEqual([]);
    const [first, second] = [await app.live(bob, `room/${id}`), await app.live(null, `room/${id}`)];
    expect(await visitor.rooms([id])).toMatchObject([{ id, participantCount: 2 }]);
    first.close();
    await second.next('user_left');
    expect(await visitor.rooms([id])).toMatchObject([{ id, participantCount: 1 }]);
    const left = departure(app, id);
    second.close();
    await left;
    expect(await visitor.rooms([id])).toEqual([]);
    // The grace time of five seconds has but begun.
    const rest = await app.as(alice);
    expect((await rest.get(`/conversations/${id}`)).status).toBe(200);
  });

  it('puts the fullest first, and those as full in order of their ids', async () => {
    const sizes = [1, 3, 2, 3];
    const ids: number[] = [];
    for (const [n, size] of sizes.entries()) {
      ids.push((await a.room({ name: `Room ${n}` })).id);
      for (let count = 0; count < size; count++) await app.live(null, `room/${ids[n]}`);
    }
    const [one, three, two, threeToo] = ids;
    expect(await idsOf(visitor, ids)).toEqual([three, threeToo, two, one]);
  });

  it('counts people, not their sockets, over all dialects', async () => {
    const { id, slug } = await a.room({ slug: 'many-tongues' });
    const [carol, dave, erin] = [someone('carol'), someone('dave'), someone('erin')];
    await (await app.connect(alice)).join(id);
    expect(await visitor.rooms([id])).toMatchObject([{ participantCount: 1 }]);
    await app.live(alice, `room/${slug}`);
    await app.live(alice, `room/${id}`);
    await (await app.salon(carol)).join(id);
    await (await app.veza(dave)).request('join_room', { room_id: `room_${id}` }, 'room_joined');
    // Who speaks in a live room over `root` is in it.
    const message = { message: 'hello', context: { roomId: String(id) } };
    await (await app.root(erin)).expect('message', message);
    await app.live(null, `room/${id}`);
    const last = await app.live(null, `room/${id}`);
    expect(last.frames[0]?.data).toMatchObject({ connection_count: 8 });
    // Visitors without a token are strangers to each other.
    expect(await visitor.rooms([id])).toMatchObject([{ participantCount: 4 + 2 }]);
  });

  it('leaves out who follows a room as its owner, and looks elsewhere', async () => {
    const { id } = await a.room();
    await app.connect(alice);
    await app.root(alice);
    expect(await a.rooms([id])).toEqual([]);
  });

  it('shows a private room to those who take part in it, whatever the others are', async () => {
    const { id, isPublic } = await a.room({ isPublic: false });
    expect(isPublic).toBe(false);
    await app.live(alice, `room/${id}`);
    expect(await idsOf(a, [id])).toEqual([id]);
    const strangers = [bob, null, someone('guard', ['moderator']), someone('root', ['admin'])];
    for (const user of strangers) expect(await idsOf(await graphql(app, user), [id])).toEqual([]);
    const rest = await app.as(alice);
    expect((await rest.put(`/conversations/${id}/participants/${bob.id}`)).status).toBe(204);
    expect(await idsOf(b, [id])).toEqual([id]);
  });

  it('shows visitors without a token only what lets them in', async () => {
    const [forUsers, forAll] = [await restRoom(), await restRoom({ allowAnonymous: true })];
    for (const id of [forUsers, forAll]) await app.live(alice, `room/${id}`);
    expect(await idsOf(b, [forUsers, forAll])).toEqual([forUsers, forAll]);
    expect(await idsOf(visitor, [forUsers, forAll])).toEqual([forAll]);
  });

  it('lists live rooms alone', async () => {
    const id = await app.conversation([alice], { type: 'public' });
    await (await app.connect(alice)).join(id);
    // Who connects over `root` reads the lobby.
    await app.root(alice);
    const [lobby] = await app.database.query(`SELECT id FROM conversations WHERE slug = 'lobby'`);
    expect(await a.rooms([id, Number(lobby?.id)])).toEqual([]);
  });

  it('calls a room without a name by its slug, and one without a slug by its id', async () => {
    const nameless = await restRoom();
    await app.live(alice, `room/${nameless}`);
    const opened = await app.live(null, 'room/opened-by-coming');
    const { room_id: openedId } = opened.frames[0]?.data as { room_id: number };
    expect(await b.rooms([nameless, openedId])).toStrictEqual([
      {
        ...{ id: nameless, slug: null, name: String(nameless), description: null },
        ...{ isPublic: true, participantCount: 1, createdAt: INSTANT },
      },
      {
        ...{ id: openedId, slug: 'opened-by-coming', name: 'opened-by-coming', description: null },
        ...{ isPublic: true, participantCount: 1, createdAt: INSTANT },
      },
    ]);
  });

  it('lists as many as `limit` says, the fullest', async () => {
    const ids = [(await a.room()).id, (await a.room()).id];
    for (const id of ids) await app.live(null, `room/${id}`);
    const all = await visitor.rooms();
    expect(all.length).toBeGreaterThan(1);
    expect((await visitor.list(1)).data?.chatRooms).toEqual(all.slice(0, 1));
    expect((await visitor.list(500)).data?.chatRooms).toEqual(all);
  });

  it.each([0, -1, 501])('refuses a limit of %d', async (limit) => {
    expectInvalid(await visitor.list(limit), 'limit');
  });

  it.each([1.5, 2 ** 31, '10', null])('takes a limit of %j for no number', async (limit) => {
    const query = 'query ($limit: Int = 1) { chatRooms(limit: $limit) { id } }';
    const { errors } = await visitor.ask(query, { limit });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['VALIDATION_FAILED']);
  });

  it('answers AUTH_FAILED to a bad token rather than take it for none', async () => {
    for (const token of ['hello', await tokenFor(alice, { expiresIn: -60 })]) {
      expectFailure(await new GraphqlClient(app.url, token).list(), 'AUTH_FAILED', 200);
    }
  });
});
