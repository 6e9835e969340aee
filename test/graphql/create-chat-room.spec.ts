import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, POSITIVE } from '../support/chat-shapes.js';
import { codeUnder } from '../support/live-samples.js';
import { someone, tokenFor } from '../support/tokens.js';
import { expectFailure, expectInvalid, graphql, GraphqlClient } from './support/graphql-client.js';

const alice = someone('alice');

describe('createChatRoom', () => {
  let app: TestApp;
  let a: GraphqlClient;
  beforeAll(async () => {
    app = await startApp();
    a = await graphql(app, alice);
  });
  afterAll(() => app.stop());

  const roomsCalled = (title: string) =>
    app.database.query('SELECT 1 FROM conversations WHERE title = $1', [title]);

  it('answers the mutation of document 5 as it stands there', async () => {
    const [mutation = ''] = codeUnder('Comment obtenir un room_id', 'graphql');
    const { status, data } = await a.ask(mutation);
    expect(status).toBe(200);
    expect(data).toStrictEqual({
      createChatRoom: {
        id: POSITIVE,
        slug: 'live-general',
        name: 'Discussion Générale',
        isPublic: true,
        createdAt: INSTANT,
      },
    });
    const client = await app.live(alice, 'room/live-general');
    expect(client.frames[0]?.data).toMatchObject({ room_id: data?.createChatRoom?.id });
  });

  it('needs a name only: the rest is public, empty and without a slug', async () => {
    const room = await a.room({ name: 'Just a name' });
    expect(room).toStrictEqual({
      id: POSITIVE,
      slug: null,
      name: 'Just a name',
      description: null,
      isPublic: true,
      participantCount: 0,
      createdAt: INSTANT,
    });
    const visitor = await app.live(null, `room/${room.id}`);
    expect(visitor.frames[0]?.data).toMatchObject({ room_id: room.id });
  });

  it('names the caller its owner', async () => {
    const { id } = await a.room();
    const client = await app.as(alice);
    expect((await client.get(`/conversations/${id}/participants`)).body).toMatchObject({
      items: [{ userId: alice.id, role: 'owner' }],
    });
  });

  it('makes a user known that never came before', async () => {
    const stranger = someone('stranger');
    await (await graphql(app, stranger)).room();
    const body = { type: 'private', participantIds: [stranger.id] };
    expect((await (await app.as(alice)).post('/conversations', body)).status).toBe(201);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['no token', () => Promise.resolve(undefined)],
    ['an expired token', () => tokenFor(alice, { expiresIn: -60 })],
    ['a forged token', () => tokenFor(alice, { secret: 'another-secret-of-more-than-32-bytes' })],
    ['a token that is none', () => Promise.resolve('hello')],
  ])('answers AUTH_FAILED to %s, and makes nothing', async (_, make) => {
    const answer = await new GraphqlClient(app.url, await make()).create({ name: 'Refused' });
    expect(expectFailure(answer, 'AUTH_FAILED', 200).path).toEqual(['createChatRoom']);
    expect(await roomsCalled('Refused')).toEqual([]);
  });

  it('lower-cases the slug, by which the room is reached in any case', async () => {
    const { id, slug } = await a.room({ slug: 'Live-Team_1' });
    expect(slug).toBe('live-team_1');
    const client = await app.live(null, 'room/LIVE-Team_1');
    expect(client.frames[0]?.data).toMatchObject({ room_id: id });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another room made so', () => a.room({ slug: 'taken' })],
    ['a room somebody came to', () => app.live(null, 'room/taken-by-coming')],
    [
      'a conversation of another type',
      () => app.conversation([alice], { type: 'private', slug: 'taken-privately' }),
    ],
  ])('answers CONFLICT for the slug of %s', async (_, take) => {
    await take();
    const [{ slug } = {}] = await app.database.query(
      'SELECT slug FROM conversations WHERE slug IS NOT NULL ORDER BY id DESC LIMIT 1',
    );
    const answer = await a.create({ name: 'Too late', slug });
    expect(expectFailure(answer, 'CONFLICT', 200).message).toBe('This slug is taken.');
    expect(await roomsCalled('Too late')).toEqual([]);
  });

  it('gives a slug that many ask for at once to one of them', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => a.create({ slug: 'everybodys' })),
    );
    const failed = answers.filter(({ errors }) => errors);
    expect(failed).toHaveLength(9);
    for (const answer of failed) expectFailure(answer, 'CONFLICT', 200);
  });

  it.each<[string, string, string]>([
    ...['', '123', '-lead', '_lead', 'with space', 'é', 'a/b', 'room_1', 'private_1_2'].map(
      (slug): [string, string, string] => ['slug', JSON.stringify(slug), slug],
    ),
    ['slug', 'of 65 characters', 'a'.repeat(65)],
    ['slug', 'of the lobby', 'lobby'],
    ['name', 'that is empty', ''],
    ['name', 'of blanks', ' \t\n\u00a0'],
    ['name', 'of 201 characters', 'x'.repeat(201)],
    ['description', 'of 1,001 characters', 'x'.repeat(1_001)],
  ])('refuses a %s %s with VALIDATION_FAILED', async (field, _, value) => {
    const failure = expectInvalid(await a.create({ [field]: value }), field);
    if (value.length > 60) expect(JSON.stringify(failure)).not.toContain(value);
  });

  it('takes a name, a slug and a description of the greatest length', async () => {
    const longest = {
      name: 'n'.repeat(200),
      slug: 's'.repeat(64),
      description: 'd'.repeat(1_000),
    };
    expect(await a.room(longest)).toMatchObject(longest);
  });

  it.each(['name', 'slug', 'description'])(
    'refuses NUL and lone surrogates in the %s',
    async (field) => {
      for (const unfit of ['a\0b', 'a\ud800', '\udc00b']) {
        const { details } = expectFailure(
          await a.create({ [field]: unfit }),
          'VALIDATION_FAILED',
          200,
        ).extensions;
        expect(details?.[0]?.rules[0]).toMatch(/^must not contain (NUL|lone surrogates)$/);
      }
    },
  );

  it.each([
    ['a number for the name', { name: 5 }],
    ['null for the name', { name: null }],
    ['a list for the slug', { slug: ['a', 'b'] }],
    ['an object for the description', { description: { text: 'x' } }],
    ['a text for isPublic', { isPublic: 'yes' }],
    ['null for isPublic', { isPublic: null }],
  ])('takes %s for a fault of the client', async (_, variables) => {
    const { errors } = await a.create({ name: 'Of a wrong type', ...variables });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['VALIDATION_FAILED']);
    expect(await roomsCalled('Of a wrong type')).toEqual([]);
  });

  it('says which of several failed, and made the others', async () => {
    const answer = await a.ask(`mutation {
      first: createChatRoom(name: "Made all the same") { id }
      second: createChatRoom(name: " ") { id }
    }`);
    expect(expectInvalid(answer, 'name').path).toEqual(['second']);
    expect(await roomsCalled('Made all the same')).toHaveLength(1);
  });
});
