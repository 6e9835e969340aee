import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { clientsOf } from './support/clients.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { ConversationView, PageView, ParticipantView } from './support/views.js';

const [alice, bob, carol, guard] = [
  someone('alice'),
  someone('bob'),
  someone('carol'),
  someone('guard', ['moderator']),
];

describe('participants over REST', () => {
  let app: TestApp;
  let a: RestClient;
  let b: RestClient;
  let c: RestClient;

  beforeAll(async () => {
    app = await startApp();
    [a, b, c] = await clientsOf(app, [alice, bob, carol]);
  });
  afterAll(() => app.stop());

  const place = (id: number, user: { id: number | string }) =>
    `/conversations/${id}/participants/${user.id}`;

  const userIds = async (id: number) => {
    const page = await a.get(`/conversations/${id}/participants`);
    return bodyOf<PageView<ParticipantView>>(page).items.map(({ userId }) => userId);
  };

  it('are listed with name, role and the time they joined', async () => {
    const id = await app.conversation([alice, bob]);
    expect((await b.get(`/conversations/${id}/participants`)).body).toEqual({
      items: [
        { userId: alice.id, username: 'alice', role: 'owner', joinedAt: expect.any(String) },
        { userId: bob.id, username: 'bob', role: 'member', joinedAt: expect.any(String) },
      ],
      nextCursor: null,
    });
  });

  it('are listed for participants and moderators only', async () => {
    const id = await app.conversation([alice]);
    const path = `/conversations/${id}/participants`;
    expectProblem(await b.get(path), 'PERMISSION_DENIED');
    expect((await (await app.as(guard)).get(path)).status).toBe(200);
    expectProblem(await a.get('/conversations/999999/participants'), 'CONVERSATION_NOT_FOUND');
  });

  describe('PUT', () => {
    it('lets the owner add a user, once and again, with 204', async () => {
      const id = await app.conversation([alice]);
      for (let time = 0; time < 2; time++) {
        const answer = await a.put(place(id, bob));
        expect([answer.status, answer.body]).toEqual([204, '']);
      }
      expect(await userIds(id)).toEqual([alice.id, bob.id]);
      expect((await a.get(`/conversations/${id}`)).body).toMatchObject({ participantCount: 2 });
    });

    it('lets a moderator of the service add a user, and no mere member', async () => {
      const id = await app.conversation([alice, bob]);
      expectProblem(await b.put(place(id, carol)), 'PERMISSION_DENIED');
      expect((await (await app.as(guard)).put(place(id, carol))).status).toBe(204);
    });

    it('lets anyone add itself where it is public, and nobody else there', async () => {
      const id = await app.conversation([alice], { type: 'public' });
      expectProblem(await b.put(place(id, carol)), 'PERMISSION_DENIED');
      expect((await b.put(place(id, bob))).status).toBe(204);
      expect((await b.get(`/conversations/${id}/messages`)).status).toBe(200);
    });

    it('keeps a stranger out of a private one', async () => {
      const id = await app.conversation([alice]);
      expectProblem(await b.put(place(id, bob)), 'PERMISSION_DENIED');
    });

    it('answers USER_NOT_FOUND for a user nobody has met', async () => {
      const id = await app.conversation([alice]);
      for (const user of ['no one', 999_999_999, 'x'.repeat(300), '__proto__']) {
        expectProblem(await a.put(place(id, { id: user })), 'USER_NOT_FOUND');
      }
    });

    it('adds nobody to a direct conversation', async () => {
      const body = { type: 'direct', participantIds: [bob.id] };
      const { id } = bodyOf<ConversationView>(await a.post('/conversations', body));
      expectInvalid(await (await app.as(guard)).put(place(id, carol)), 'userId');
    });

    it('gives the last free places to as many as there are, of 20 who come at once', async () => {
      const id = await app.conversation([alice], { type: 'public', maxParticipants: 8 });
      const comers = Array.from({ length: 20 }, (_, index) => someone(`comer ${index}`));
      const clients = await Promise.all(comers.map((user) => app.as(user)));
      await Promise.all(clients.map((client) => client.get('/users/me')));
      const answers = await Promise.all(
        clients.map((client, index) => client.put(place(id, comers[index] ?? alice))),
      );
      const refused = answers.filter((answer) => answer.status !== 204);
      expect(refused).toHaveLength(13);
      for (const answer of refused) expectProblem(answer, 'CONVERSATION_FULL', 409);
      expect(await userIds(id)).toHaveLength(8);
      expect((await a.get(`/conversations/${id}`)).body).toMatchObject({ participantCount: 8 });
    });
  });

  describe('DELETE', () => {
    it('lets one leave oneself, with 204, and then read no more', async () => {
      const id = await app.conversation([alice, bob]);
      const answer = await b.delete(place(id, bob));
      expect([answer.status, answer.body]).toEqual([204, '']);
      expectProblem(await b.get(`/conversations/${id}/messages`), 'PERMISSION_DENIED');
      expectProblem(
        await b.post(`/conversations/${id}/messages`, { content: 'still here?' }),
        'PERMISSION_DENIED',
      );
      expect(await userIds(id)).toEqual([alice.id]);
    });

    it('lets the owner and moderators remove others, not a member', async () => {
      const id = await app.conversation([alice, bob, carol]);
      expectProblem(await b.delete(place(id, carol)), 'PERMISSION_DENIED');
      expect((await a.delete(place(id, carol))).status).toBe(204);
      expect((await (await app.as(guard)).delete(place(id, bob))).status).toBe(204);
    });

    it('stands in the audit trail where it is of somebody else', async () => {
      const id = await app.conversation([alice, bob, carol]);
      expectProblem(await b.delete(place(id, carol)), 'PERMISSION_DENIED');
      await a.delete(place(id, carol));
      expectProblem(await a.delete(place(id, carol)), 'USER_NOT_FOUND');
      await b.delete(place(id, bob));
      const moderator = await app.as(guard);
      const trail = await moderator.get(`/moderation/audit?conversationId=${id}`);
      expect(trail.body).toMatchObject({
        items: [{ action: 'participant.removed', actorId: alice.id, userId: carol.id }],
      });
      expect(bodyOf<PageView<unknown>>(trail).items).toHaveLength(1);
    });

    it('does not let a moderator remove the owner', async () => {
      const id = await app.conversation([alice, bob]);
      expectProblem(await (await app.as(guard)).delete(place(id, alice)), 'PERMISSION_DENIED');
    });

    it('answers USER_NOT_FOUND for who takes no part', async () => {
      const id = await app.conversation([alice]);
      expectProblem(await a.delete(place(id, carol)), 'USER_NOT_FOUND');
      expectProblem(await a.delete(`/conversations/${id}/participants/nobody`), 'USER_NOT_FOUND');
    });

    it('removes nobody from a direct conversation, oneself neither', async () => {
      const body = { type: 'direct', participantIds: [carol.id] };
      const { id } = bodyOf<ConversationView>(await b.post('/conversations', body));
      expectInvalid(await b.delete(place(id, bob)), 'userId');
    });

    it('frees the place that was taken', async () => {
      const id = await app.conversation([alice, bob], { type: 'public', maxParticipants: 2 });
      expectProblem(await c.put(place(id, carol)), 'CONVERSATION_FULL');
      await b.delete(place(id, bob));
      expect((await c.put(place(id, carol))).status).toBe(204);
    });
  });
});
