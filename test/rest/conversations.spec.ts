import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { clientsOf } from './support/clients.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { ConversationView } from './support/views.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const [alice, bob, carol, admin] = [
  someone('alice'),
  someone('bob'),
  someone('carol'),
  someone('root', ['admin']),
];

describe('conversations over REST', () => {
  let app: TestApp;
  let a: RestClient;
  let b: RestClient;
  let c: RestClient;

  beforeAll(async () => {
    app = await startApp();
    [a, b, c] = await clientsOf(app, [alice, bob, carol]);
  });
  afterAll(() => app.stop());

  const create = async (fields: Record<string, unknown> = {}) =>
    bodyOf<ConversationView>(await a.post('/conversations', { type: 'private', ...fields }));

  describe('POST /conversations', () => {
    it('creates one and answers 201 with all of it', async () => {
      const answer = await a.post('/conversations', {
        type: 'private',
        title: 'Lunch',
        participantIds: [bob.id],
        maxParticipants: 5,
      });
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        id: expect.any(Number),
        type: 'private',
        slug: null,
        title: 'Lunch',
        allowAnonymous: false,
        maxParticipants: 5,
        slowModeSeconds: 0,
        participantCount: 2,
        lastSeq: 0,
        createdBy: alice.id,
        createdAt: expect.stringMatching(ISO),
      });
    });

    it('names the creator its owner', async () => {
      const { id } = await create({ participantIds: [bob.id] });
      const answer = await a.get(`/conversations/${id}/participants`);
      expect(answer.body).toMatchObject({
        items: [
          { userId: alice.id, role: 'owner' },
          { userId: bob.id, role: 'member' },
        ],
      });
    });

    it('counts a participant named twice, or the creator named at all, once', async () => {
      const created = await create({ participantIds: [bob.id, String(bob.id), alice.id] });
      expect(created.participantCount).toBe(2);
    });

    it('opens one direct conversation per pair: 201, then 200, whoever asks', async () => {
      const first = await a.post('/conversations', { type: 'direct', participantIds: [bob.id] });
      const again = await b.post('/conversations', { type: 'direct', participantIds: [alice.id] });
      expect([first.status, again.status]).toEqual([201, 200]);
      expect(again.body).toEqual(first.body);
    });

    it('opens one direct conversation when both ask at once', async () => {
      const [dora, emil] = [someone('dora'), someone('emil')];
      const [d, e] = [await app.as(dora), await app.as(emil)];
      await Promise.all([d.get('/users/me'), e.get('/users/me')]);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          index % 2 === 0
            ? d.post('/conversations', { type: 'direct', participantIds: [emil.id] })
            : e.post('/conversations', { type: 'direct', participantIds: [dora.id] }),
        ),
      );
      expect(new Set(answers.map((answer) => bodyOf<ConversationView>(answer).id)).size).toBe(1);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    });

    it.each([
      ['nobody', []],
      ['oneself', [alice.id]],
      ['two others', [bob.id, carol.id]],
    ])('refuses a direct conversation with %s', async (_, participantIds) => {
      const answer = await a.post('/conversations', { type: 'direct', participantIds });
      expectInvalid(answer, 'participantIds');
    });

    it('refuses a slug for a direct conversation', async () => {
      const body = { type: 'direct', participantIds: [bob.id], slug: 'us' };
      expectInvalid(await a.post('/conversations', body), 'slug');
    });

    it('answers USER_NOT_FOUND for a participant nobody has met', async () => {
      const body = { participantIds: [999_999_999] };
      expectProblem(await a.post('/conversations', { type: 'private', ...body }), 'USER_NOT_FOUND');
      expectProblem(await a.post('/conversations', { type: 'direct', ...body }), 'USER_NOT_FOUND');
    });

    it('answers CONVERSATION_FULL when it is born with too many', async () => {
      const body = { type: 'private', participantIds: [bob.id, carol.id], maxParticipants: 2 };
      expectProblem(await a.post('/conversations', body), 'CONVERSATION_FULL', 409);
    });

    it('creates a live room, which is open to users and waits an hour for the first', async () => {
      const answer = await a.post('/conversations', { type: 'live', slug: 'on-air' });
      const { id } = bodyOf<ConversationView>(answer);
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ type: 'live', slug: 'on-air', allowAnonymous: false });
      const columns =
        'is_public, round(extract(epoch FROM kept_until - created_at) / 60)::integer AS minutes';
      const sql = `SELECT ${columns} FROM conversations WHERE id = $1`;
      expect(await app.database.query(sql, [id])).toEqual([{ is_public: true, minutes: 60 }]);
      const guest = await app.live(bob, 'room/on-air');
      expect(guest.frames[0]?.data).toEqual({ room_id: id, connection_count: 1 });
      const visitor = app.dialRaw(`/chat/ws/room/${id}`);
      expect((await visitor.closed()).code).toBe(4003);
    });

    it('creates a live room for visitors without a token, where that is said', async () => {
      const { id } = await create({ type: 'live', allowAnonymous: true });
      const visitor = await app.live(null, `room/${id}`);
      expect(visitor.frames[0]?.data).toEqual({ room_id: id, connection_count: 1 });
    });
  });

  describe('slugs', () => {
    it('are lower-cased, and then name the conversation in any case', async () => {
      const { id, slug } = await create({ type: 'public', slug: 'Team-Room_1' });
      expect(slug).toBe('team-room_1');
      for (const name of ['team-room_1', 'TEAM-ROOM_1', String(id), `room_${id}`]) {
        expect((await a.get(`/conversations/${name}`)).body).toMatchObject({ id });
      }
    });

    it('are unique: the second taker gets CONFLICT', async () => {
      await create({ type: 'public', slug: 'taken' });
      const again = { type: 'public', slug: 'TAKEN' };
      expectProblem(await b.post('/conversations', again), 'CONFLICT', 409);
    });

    it.each(['123', '-lead', '_lead', 'with space', 'é', '', 'a'.repeat(65), 'a/b'])(
      'cannot be %j',
      async (slug) => {
        expectInvalid(await a.post('/conversations', { type: 'public', slug }), 'slug');
      },
    );

    it('can be changed, freed and taken over', async () => {
      const { id } = await create({ type: 'public', slug: 'before' });
      expect((await a.patch(`/conversations/${id}`, { slug: 'after' })).body).toMatchObject({
        slug: 'after',
      });
      expectProblem(await a.get('/conversations/before'), 'CONVERSATION_NOT_FOUND');
      expect((await a.get('/conversations/after')).body).toMatchObject({ id });
      await a.patch(`/conversations/${id}`, { slug: null });
      const heir = await create({ type: 'public', slug: 'after' });
      expect((await a.get('/conversations/after')).body).toMatchObject({ id: heir.id });
    });
  });

  describe('GET /conversations/:id', () => {
    it('answers a participant with its own view of it', async () => {
      const { id } = await create({ participantIds: [bob.id] });
      await a.post(`/conversations/${id}/messages`, { content: 'one' });
      await a.post(`/conversations/${id}/messages`, { content: 'two' });
      const last = { content: 'two', seq: 2 };
      expect((await b.get(`/conversations/${id}`)).body).toMatchObject({
        lastSeq: 2,
        unreadCount: 2,
        lastMessage: last,
      });
      expect((await a.get(`/conversations/${id}`)).body).toMatchObject({
        unreadCount: 0,
        lastMessage: last,
      });
    });

    it('keeps a private one from strangers', async () => {
      const { id } = await create();
      expectProblem(await b.get(`/conversations/${id}`), 'PERMISSION_DENIED');
    });

    it('shows a public one to strangers, but not what was said in it', async () => {
      const { id } = await create({ type: 'public' });
      await a.post(`/conversations/${id}/messages`, { content: 'for members' });
      const answer = await b.get(`/conversations/${id}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id, unreadCount: 0, lastMessage: null });
    });

    it('answers a direct one by the names of its two users, to these two only', async () => {
      const body = { type: 'direct', participantIds: [carol.id] };
      const { id } = bodyOf<ConversationView>(await b.post('/conversations', body));
      const names = [`private_${bob.id}_${carol.id}`, `private_${carol.id}_${bob.id}`];
      for (const name of names) {
        expect((await b.get(`/conversations/${name}`)).body).toMatchObject({ id });
        expect((await c.get(`/conversations/${name}`)).body).toMatchObject({ id });
        expectProblem(await a.get(`/conversations/${name}`), 'CONVERSATION_NOT_FOUND');
      }
    });

    it.each(['999999', '0', '-1', '1.5', '2147483648', '99999999999999999999', 'no-such', '%20'])(
      'answers CONVERSATION_NOT_FOUND for %s',
      async (ref) => {
        expectProblem(await a.get(`/conversations/${ref}`), 'CONVERSATION_NOT_FOUND');
      },
    );
  });

  describe('PATCH /conversations/:id', () => {
    it('changes what is sent, clears what is null and keeps the rest', async () => {
      const { id } = await create({ title: 'Old', maxParticipants: 9 });
      const answer = await a.patch(`/conversations/${id}`, { title: 'New', maxParticipants: null });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id, title: 'New', maxParticipants: null });
      expect((await a.patch(`/conversations/${id}`, {})).body).toMatchObject({ title: 'New' });
      const cleared = await a.patch(`/conversations/${id}`, { title: null, allowAnonymous: true });
      expect(cleared.body).toMatchObject({ title: null, allowAnonymous: true });
    });

    it('is for its owner and for administrators', async () => {
      const { id } = await create({ participantIds: [bob.id] });
      expectProblem(await b.patch(`/conversations/${id}`, { title: 'mine' }), 'PERMISSION_DENIED');
      const byAdmin = await app.as(admin);
      expect((await byAdmin.patch(`/conversations/${id}`, { title: 'ours' })).status).toBe(200);
    });

    it('answers CONFLICT for a slug that is taken, and keeps the old one', async () => {
      await create({ type: 'public', slug: 'occupied' });
      const { id } = await create({ type: 'public', slug: 'free' });
      const answer = await a.patch(`/conversations/${id}`, { slug: 'occupied' });
      expectProblem(answer, 'CONFLICT');
      expect((await a.get(`/conversations/${id}`)).body).toMatchObject({ slug: 'free' });
    });

    it('answers CONVERSATION_NOT_FOUND for a missing one', async () => {
      expectProblem(await a.patch('/conversations/999999', {}), 'CONVERSATION_NOT_FOUND');
    });
  });

  describe('DELETE /conversations/:id', () => {
    it('answers 204 and leaves nothing of it', async () => {
      const { id } = await create({ participantIds: [bob.id] });
      await a.post(`/conversations/${id}/messages`, { content: 'soon gone' });
      const answer = await a.delete(`/conversations/${id}`);
      expect([answer.status, answer.body]).toEqual([204, '']);
      expectProblem(await b.get(`/conversations/${id}`), 'CONVERSATION_NOT_FOUND');
      for (const table of ['messages', 'participants', 'receipts', 'reactions']) {
        const sql = `SELECT 1 FROM ${table} WHERE conversation_id = $1`;
        expect(await app.database.query(sql, [id])).toEqual([]);
      }
    });

    it('is for its owner; others keep it', async () => {
      const { id } = await create({ participantIds: [bob.id] });
      expectProblem(await b.delete(`/conversations/${id}`), 'PERMISSION_DENIED');
      expectProblem(await c.delete(`/conversations/${id}`), 'PERMISSION_DENIED');
      expect((await b.get(`/conversations/${id}`)).status).toBe(200);
      expectProblem(await a.delete('/conversations/999999'), 'CONVERSATION_NOT_FOUND');
    });
  });
});
