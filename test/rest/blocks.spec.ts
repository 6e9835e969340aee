import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range } from '../support/chat-shapes.js';
import { restClient } from '../support/rest-client.js';
import { someone, type TestUser } from '../support/tokens.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { ConversationView, PageView } from './support/views.js';

interface BlockView {
  userId: number | string;
  username: string;
  createdAt: string;
}

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Two users who are known to the service. */
async function pair() {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const [a, b] = [await app.as(alice), await app.as(bob)];
  for (const client of [a, b]) await client.get('/users/me');
  const blocksOf = async (client: typeof a) =>
    bodyOf<PageView<BlockView>>(await client.get('/users/me/blocks')).items;
  const direct = (client: typeof a, other: TestUser) =>
    client.post('/conversations', { type: 'direct', participantIds: [other.id] });
  return { alice, bob, a, b, blocksOf, direct };
}

describe('blocking a user', () => {
  it('puts it on the caller’s list, once, and on nobody else’s', async () => {
    const { bob, a, b, blocksOf } = await pair();
    for (const _ of range(1, 2)) {
      const answer = await a.put(`/users/me/blocks/${bob.id}`);
      expect(answer).toMatchObject({ status: 204, body: '' });
    }
    expect((await a.get('/users/me/blocks')).body).toStrictEqual({
      items: [{ userId: bob.id, username: 'bob', createdAt: INSTANT }],
      nextCursor: null,
    });
    expect(await blocksOf(b)).toEqual([]);
  });

  it('lists those blocked first before those blocked later', async () => {
    const { bob, a, blocksOf } = await pair();
    const carol = someone('carol');
    await (await app.as(carol)).get('/users/me');
    for (const { id } of [carol, bob]) await a.put(`/users/me/blocks/${id}`);
    expect((await blocksOf(a)).map(({ username }) => username)).toEqual(['carol', 'bob']);
  });

  it('of several at once is one block', async () => {
    const { bob, a, blocksOf } = await pair();
    const answers = await Promise.all(range(1, 8).map(() => a.put(`/users/me/blocks/${bob.id}`)));
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    expect(await blocksOf(a)).toHaveLength(1);
  });

  it('is not of oneself', async () => {
    const { alice, a, blocksOf } = await pair();
    expectInvalid(await a.put(`/users/me/blocks/${alice.id}`), 'userId');
    expect(await blocksOf(a)).toEqual([]);
  });

  it.each(['nobody-is-called-so', '0', '%20', '%00', 'x'.repeat(500), 'anonymous:1:2'])(
    'who is nobody (%s) is refused',
    async (id) => {
      const { a, blocksOf } = await pair();
      const { status, body } = await a.put(`/users/me/blocks/${id}`);
      expect([400, 404]).toContain(status);
      expect(['USER_NOT_FOUND', 'VALIDATION_FAILED']).toContain((body as { code: string }).code);
      expect(await blocksOf(a)).toEqual([]);
    },
  );

  it('needs a token', async () => {
    const { bob } = await pair();
    const stranger = restClient(app.url);
    for (const answer of [
      await stranger.get('/users/me/blocks'),
      await stranger.put(`/users/me/blocks/${bob.id}`),
      await stranger.delete(`/users/me/blocks/${bob.id}`),
    ]) {
      expectProblem(answer, 'AUTH_FAILED');
    }
  });

  it('ends at a thousand, also of several at once', async () => {
    const { alice, bob, a, blocksOf } = await pair();
    await app.database.query(`
      INSERT INTO blocks (user_id, blocked_id)
      SELECT '${alice.id}', 'x' || n FROM generate_series(1, 998) n`);
    const others = range(1, 4).map((n) => someone(`other ${n}`));
    for (const other of others) await (await app.as(other)).get('/users/me');
    const answers = await Promise.all(others.map(({ id }) => a.put(`/users/me/blocks/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 409, 409]);
    expectProblem(await a.put(`/users/me/blocks/${bob.id}`), 'CONFLICT', 409);
    expect(await blocksOf(a)).toHaveLength(1_000);
    // What is there already is no more than that.
    const kept = others[answers.findIndex(({ status }) => status === 204)];
    expect((await a.put(`/users/me/blocks/${kept?.id}`)).status).toBe(204);
    await a.delete(`/users/me/blocks/${kept?.id}`);
    expect((await a.put(`/users/me/blocks/${bob.id}`)).status).toBe(204);
  });
});

describe('unblocking a user', () => {
  it('takes it off the list; of who is not on it, it changes nothing', async () => {
    const { bob, a, blocksOf } = await pair();
    await a.put(`/users/me/blocks/${bob.id}`);
    for (const id of [bob.id, bob.id, 'nobody']) {
      expect((await a.delete(`/users/me/blocks/${id}`)).status).toBe(204);
    }
    expect(await blocksOf(a)).toEqual([]);
  });
});

describe('a direct conversation between two of whom one has blocked the other', () => {
  it('is not made, whoever asks for it; unblocking allows it', async () => {
    const { alice, bob, a, b, direct } = await pair();
    await a.put(`/users/me/blocks/${bob.id}`);
    const refusals = [await direct(a, bob), await direct(b, alice)];
    for (const answer of refusals) expectProblem(answer, 'PERMISSION_DENIED');
    // The same to both: nobody learns who has blocked whom.
    expect(refusals[0]?.body).toEqual(refusals[1]?.body);
    for (const client of [a, b]) {
      const { body } = await client.get('/conversations');
      expect((body as PageView<ConversationView>).items).toEqual([]);
    }
    await a.delete(`/users/me/blocks/${bob.id}`);
    expect((await direct(b, alice)).status).toBe(201);
  });

  it('stays, where there is one, and can be read', async () => {
    const { alice, bob, a, b, direct } = await pair();
    const { id } = (await direct(a, bob)).body as ConversationView;
    await b.post(`/conversations/${id}/messages`, { content: 'hello' });
    await a.put(`/users/me/blocks/${bob.id}`);
    expect(await direct(b, alice)).toMatchObject({ status: 200, body: { id } });
    for (const client of [a, b]) {
      const history = await client.get(`/conversations/${id}/messages`);
      expect(history.body).toMatchObject({ items: [{ content: 'hello' }] });
      const sent = await client.post(`/conversations/${id}/messages`, { content: 'again' });
      expectProblem(sent, 'PERMISSION_DENIED');
    }
  });
});
