import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range } from '../support/chat-shapes.js';
import { someone } from '../support/tokens.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import { reporting } from './support/reporting.js';
import type { ReportView } from './support/views.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** A report, and another moderator and an administrator besides. */
async function reported() {
  const scene = await reporting(app);
  const id = await scene.report(await scene.say('buy now'));
  const [other, admin] = [someone('other', ['moderator']), someone('admin', ['admin'])];
  const [o, d] = [await app.as(other), await app.as(admin)];
  // Known once they came.
  for (const client of [scene.g, o, d]) await client.get('/users/me');
  return { ...scene, id, other, admin, o, d };
}

describe('assigning a report', () => {
  it('is to oneself where nobody is named, and says since when', async () => {
    const { id, guard, assign, queue, g } = await reported();
    const answer = await assign(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, assignedTo: guard.id, assignedAt: INSTANT });
    expect(await queue()).toEqual([answer.body]);
    // Again, and without a body, it changes nothing.
    const again = await g.post(`/moderation/reports/${id}/assign`);
    expect(again).toMatchObject({ status: 200, body: answer.body });
  });

  it('hands it to another moderator, who gives it back to everybody', async () => {
    const { id, other, o, assign } = await reported();
    expect((await assign(id, { userId: String(other.id) })).body).toMatchObject({
      assignedTo: other.id,
    });
    const freed = await assign(id, { userId: null }, o);
    expect(freed.body).toMatchObject({ assignedTo: null, assignedAt: null });
    expect((await assign(id, { userId: null })).body).toEqual(freed.body);
  });

  it('leaves with another what he holds, and says what to do', async () => {
    const { id, other, guard, o, assign, resolve, queue } = await reported();
    await assign(id, {}, o);
    for (const body of [{}, { userId: null }, { userId: guard.id }, { userId: other.id }]) {
      const { detail } = expectProblem(await assign(id, body), 'CONFLICT', 409);
      expect(detail).toMatch(/free it, or an administrator/);
    }
    expectProblem(await resolve(id, { resolution: 'removed' }), 'CONFLICT', 409);
    expect(await queue()).toMatchObject([{ id, assignedTo: other.id, resolvedAt: null }]);
  });

  it('is for administrators although another holds it; so is resolving', async () => {
    const { id, guard, admin, o, d, assign, resolve } = await reported();
    await assign(id, {}, o);
    const answer = await assign(id, { userId: guard.id }, d);
    expect(answer.body).toMatchObject({ assignedTo: guard.id });
    expect((await resolve(id, { resolution: 'dismissed' }, d)).body).toMatchObject({
      assignedTo: guard.id,
      resolvedBy: admin.id,
    });
  });

  it('is over once it is resolved', async () => {
    const { id, d, assign, resolve } = await reported();
    await resolve(id, { resolution: 'dismissed' });
    for (const client of [undefined, d]) {
      const { detail } = expectProblem(await assign(id, {}, client), 'CONFLICT', 409);
      expect(detail).toMatch(/resolved already/);
    }
  });

  it('is won by one of several at once', async () => {
    for (const _ of range(1, 5)) {
      const { id, assign, queue } = await reported();
      const guards = range(1, 4).map((n) => someone(`guard ${n}`, ['moderator']));
      const answers = await Promise.all(
        guards.map(async (guard) => assign(id, {}, await app.as(guard))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
      const winner = answers.find(({ status }) => status === 200);
      expect(await queue()).toEqual([winner?.body]);
    }
  });

  it('and resolving at once never close what another has just taken', async () => {
    for (const _ of range(1, 5)) {
      const { id, o, other, assign, resolve } = await reported();
      const [taken, closed] = await Promise.all([
        assign(id, {}, o),
        resolve(id, { resolution: 'dismissed' }),
      ]);
      expect([taken.status, closed.status].sort()).toEqual([200, 409]);
      if (taken.status === 200) expect(taken.body).toMatchObject({ assignedTo: other.id });
    }
  });

  it('is to moderators that the service knows', async () => {
    const { id, bob, assign, queue } = await reported();
    expectInvalid(await assign(id, { userId: bob.id }), 'userId');
    const stranger = someone('stranger', ['moderator']);
    expectProblem(await assign(id, { userId: stranger.id }), 'USER_NOT_FOUND');
    expect(await queue()).toMatchObject([{ assignedTo: null }]);
  });

  it.each([[{}], [['1']], [true], [''], [-1], [1.5], ['x'.repeat(129)], ['\0']])(
    'refuses %j for a user',
    async (userId) => {
      const { id, assign, queue } = await reported();
      expectProblem(await assign(id, { userId }), 'VALIDATION_FAILED');
      expect(await queue()).toMatchObject([{ assignedTo: null }]);
    },
  );

  it('is for moderators, of reports that are there', async () => {
    const { id, alice, bob, assign } = await reported();
    for (const user of [alice, bob]) {
      const client = await app.as(user);
      const answer = await assign(id, {}, client);
      expectProblem(answer, 'PERMISSION_DENIED');
      expect((await assign(id + 1, {}, client)).body).toEqual(answer.body);
    }
    for (const odd of [id + 1, '0', 'x', '2147483648']) {
      expectProblem(await assign(odd), 'MESSAGE_NOT_FOUND', 404);
    }
  });

  it('stands in the audit trail, and what changed nothing does not', async () => {
    const { id, conversationId, alice, guard, other, o, assign, audited } = await reported();
    await assign(id);
    await assign(id);
    expectProblem(await assign(id, {}, o), 'CONFLICT');
    await assign(id, { userId: other.id });
    await assign(id, { userId: null }, o);
    const about = { action: 'report.assigned', userId: alice.id, conversationId, reportId: id };
    expect(
      await audited('action=report.assigned', ({ reportId }) => reportId === id),
    ).toMatchObject([
      { ...about, actorId: guard.id, details: { assignedTo: guard.id } },
      { ...about, actorId: guard.id, details: { assignedTo: other.id } },
      { ...about, actorId: other.id, details: { assignedTo: null } },
    ]);
  });
});

describe('the queue', () => {
  it('is narrowed to a moderator, to nobody, or to a conversation', async () => {
    const { say, report, assign, queue, conversationId, id: own, other } = await reported();
    const [theirs, free] = [await report(await say('one')), await report(await say('two'))];
    await assign(own);
    await assign(theirs, { userId: other.id });
    const idsOf = async (query: string) => (await queue(query)).map(({ id }) => id);
    expect(await idsOf('?assignedTo=me')).toEqual([own]);
    expect(await idsOf(`?assignedTo=${other.id}`)).toEqual([theirs]);
    expect(await idsOf('?assignedTo=none')).toEqual([free]);
    expect(await idsOf(`?assignedTo=none&status=resolved`)).toEqual([]);
    expect(await idsOf(`?conversationId=${conversationId}`)).toEqual([own, theirs, free]);
    expect(await idsOf(`?conversationId=${conversationId + 1}`)).toEqual([]);
  });

  it.each([
    ['conversationId', '0'],
    ['conversationId', 'x'],
    ['conversationId', '2147483648'],
    ['assignedTo', 'x'.repeat(129)],
    ['assignedTo', 'me&assignedTo=none'],
  ])('refuses a %s of %s', async (field, value) => {
    const { g } = await reporting(app);
    expectInvalid(await g.get(`/moderation/reports?${field}=${value}`), field);
  });

  it('shows a moderator without reports none of them', async () => {
    const { o } = await reported();
    const answer = await o.get('/moderation/reports?assignedTo=me');
    expect(bodyOf<{ items: ReportView[] }>(answer).items).toEqual([]);
  });
});
