import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, messageIn, range } from '../support/chat-shapes.js';
import { LIVE } from '../support/speakers.js';
import type { RestClient } from '../support/rest-client.js';
import { someone, type TestUser } from '../support/tokens.js';
import {
  conversationOf,
  impose,
  listOf,
  MEASURES,
  ranked,
  type AuditView,
  type SanctionView,
} from './support/moderating.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { PageView } from './support/views.js';

let app: TestApp;
let admin: TestUser;
let a: RestClient;

beforeAll(async () => {
  app = await startApp();
  admin = await ranked(app, 'admin');
  a = await app.as(admin);
});
afterAll(() => app.stop());

const trailOf = (user: TestUser) =>
  listOf<AuditView>(a, `/moderation/audit?userId=${user.id}&limit=100`);

const anEntry = (fields: Partial<AuditView>) => ({
  ...{ id: expect.any(Number) as number, at: INSTANT, actorId: admin.id, userId: null },
  ...{ conversationId: null, messageId: null, reportId: null, reason: null, details: {} },
  ...fields,
});

describe('an act leaves one entry: who, whom, where, why', () => {
  it.each(['ban', 'mute', 'shadow'] as const)('a %s, and lifting it', async (kind) => {
    const user = await ranked(app, 'user');
    const { id: conversationId } = await conversationOf(app, [user, 'user']);
    const about = { action: kind, userId: user.id };
    const here = { ...about, conversationId, reason: 'spam', durationMinutes: 5 };
    const answers = [await impose(a, here), await impose(a, about)];
    const [inPlace, everywhere] = answers.map((answer) => bodyOf<SanctionView>(answer).id);
    for (const id of [inPlace, everywhere]) await a.delete(`/moderation/sanctions/${id}`);
    const [applied, lifted] = ['sanction.applied', 'sanction.lifted'].map((action) => ({
      ...{ action, userId: user.id },
    }));
    expect(await trailOf(user)).toStrictEqual([
      anEntry({ ...lifted, details: { kind, sanctionId: everywhere } }),
      anEntry({ ...lifted, conversationId, details: { kind, sanctionId: inPlace } }),
      anEntry({ ...applied, details: { kind, durationMinutes: 0, sanctionId: everywhere } }),
      anEntry({
        ...{ ...applied, conversationId, reason: 'spam' },
        details: { kind, durationMinutes: 5, sanctionId: inPlace },
      }),
    ]);
  });

  it('a kick: of somebody who takes part, of somebody who looks on, everywhere', async () => {
    const user = await ranked(app, 'user');
    const { id: conversationId } = await conversationOf(app, [user, 'user']);
    const live = await LIVE.connect(app, user);
    const { room_id: room } = await live.join('kicked-out-of-here');
    const act = { action: 'kick', userId: user.id, reason: 'noise' };
    await impose(a, { ...act, conversationId });
    await impose(a, { ...act, conversationId: room });
    await impose(a, act);
    const entry = { action: 'user.kicked', userId: user.id, reason: 'noise' };
    expect(await trailOf(user)).toStrictEqual([
      anEntry(entry),
      anEntry({ ...entry, conversationId: Number(room) }),
      anEntry({ ...entry, conversationId }),
    ]);
  });

  it('lifting over `chat`, with its own reason', async () => {
    const user = await ranked(app, 'user');
    const chat = await app.connect(admin);
    const about = { userId: user.id };
    await chat.expect('moderation:action', { ...about, action: 'mute', reason: 'noise' });
    await chat.expect('moderation:action', { ...about, action: 'unmute', reason: 'he is sorry' });
    const reasons = (await trailOf(user)).map(({ action, reason }) => [action, reason]);
    expect(reasons).toEqual([
      ['sanction.lifted', 'he is sorry'],
      ['sanction.applied', 'noise'],
    ]);
  });

  it('a ban from a live room', async () => {
    const user = await ranked(app, 'user');
    const live = await app.live(admin, 'room/audited');
    const target = { target_user_id: user.id, duration_minutes: 0 };
    live.send('moderation_action', { action: 'mute', ...target });
    await live.next('moderation_action');
    expect(await trailOf(user)).toHaveLength(1);
  });

  it('removing somebody; not leaving', async () => {
    const [user, leaver] = [await ranked(app, 'user'), await ranked(app, 'user')];
    const { id, owner } = await conversationOf(app, [user, 'user'], [leaver, 'user']);
    const at = (who: TestUser) => `/conversations/${id}/participants/${who.id}`;
    await (await app.as(owner)).delete(at(user));
    await (await app.as(leaver)).delete(at(leaver));
    const entry = { action: 'participant.removed', actorId: owner.id, userId: user.id };
    expect(await trailOf(user)).toStrictEqual([anEntry({ ...entry, conversationId: id })]);
    expect(await trailOf(leaver)).toEqual([]);
  });

  it('deleting somebody’s message; not one’s own', async () => {
    const [user, guard] = [await ranked(app, 'user'), await ranked(app, 'moderator')];
    const { id: conversationId } = await conversationOf(app, [user, 'user'], [guard, 'user']);
    const author = await app.connect(user);
    const say = async () => messageIn(await author.send(conversationId, 'hello')).id;
    const [messageId, own] = [await say(), await say()];
    expect((await (await app.as(user)).delete(`/messages/${own}`)).status).toBe(200);
    const chat = await app.connect(guard);
    await chat.expect('message:delete', { messageId });
    const entry = { action: 'message.deleted', actorId: guard.id, userId: user.id };
    expect(await trailOf(user)).toStrictEqual([anEntry({ ...entry, conversationId, messageId })]);
  });

  it('new automatic rules, by their version', async () => {
    const changed = await a.put('/moderation/rules', { mentions: { max: 5 } });
    const { version } = bodyOf<{ version: number }>(changed);
    const [newest] = await listOf<AuditView>(a, '/moderation/audit?action=rules.changed&limit=1');
    expect(newest).toStrictEqual(anEntry({ action: 'rules.changed', details: { version } }));
    expect((await a.put('/moderation/rules', { version: version + 7 })).status).toBe(409);
    const all = await listOf<AuditView>(a, '/moderation/audit?action=rules.changed');
    expect(all).toHaveLength(1);
  });

  it('tokens taken back, by whose they were', async () => {
    const user = await ranked(app, 'user');
    const request = { userId: user.id, reason: 'lost phone' };
    const { id, before } = bodyOf<{ id: number; before: string }>(
      await a.post('/auth/revocations', request),
    );
    expect(await trailOf(user)).toStrictEqual([
      anEntry({
        ...{ action: 'tokens.revoked', userId: user.id, reason: 'lost phone' },
        details: { revocationId: id, tokenId: null, before },
      }),
    ]);
  });
});

describe('what is refused leaves none', () => {
  it('for want of power, of a user, of a conversation, of a sanction', async () => {
    const [user, other] = [await ranked(app, 'user'), await ranked(app, 'user')];
    const { id } = await conversationOf(app, [user, 'user'], [other, 'user']);
    const [u, m] = [await app.as(user), await app.as(await ranked(app, 'moderator'))];
    const before = await listOf(a, '/moderation/audit?limit=100');
    for (const action of MEASURES) {
      const here = { action, userId: other.id, conversationId: id };
      expectProblem(await impose(u, here), 'PERMISSION_DENIED');
      expectProblem(await impose(a, { action, userId: admin.id }), 'PERMISSION_DENIED');
      expectProblem(await impose(m, { action, userId: admin.id }), 'PERMISSION_DENIED');
      expectProblem(await impose(a, { action, userId: someone('nobody').id }), 'USER_NOT_FOUND');
      const nowhere = { action, userId: other.id, conversationId: 2 ** 31 - 1 };
      expectProblem(await impose(a, nowhere), 'CONVERSATION_NOT_FOUND');
    }
    expectProblem(await a.delete('/moderation/sanctions/2147483647'), 'MESSAGE_NOT_FOUND');
    expectProblem(
      await u.delete(`/conversations/${id}/participants/${other.id}`),
      'PERMISSION_DENIED',
    );
    const away = `/conversations/${id}/participants/${(await ranked(app, 'user')).id}`;
    expectProblem(await a.delete(away), 'USER_NOT_FOUND');
    expect(await listOf(a, '/moderation/audit?limit=100')).toEqual(before);
  });
});

describe('reading it', () => {
  it('is for moderators of the service alone', async () => {
    const { owner } = await conversationOf(app);
    for (const user of [owner, await ranked(app, 'user')]) {
      expectProblem(await (await app.as(user)).get('/moderation/audit'), 'PERMISSION_DENIED');
    }
    const moderator = await app.as(await ranked(app, 'moderator'));
    expect((await moderator.get('/moderation/audit')).status).toBe(200);
  });

  it('goes by actor, user, conversation and action', async () => {
    const [actor, user] = [await ranked(app, 'admin'), await ranked(app, 'user')];
    const { id } = await conversationOf(app, [user, 'user']);
    const rest = await app.as(actor);
    await impose(rest, { action: 'mute', userId: user.id, conversationId: id });
    await impose(rest, { action: 'kick', userId: user.id, conversationId: id });
    await impose(rest, { action: 'mute', userId: user.id });
    const actionsOf = async (query: string) =>
      (await listOf<AuditView>(a, `/moderation/audit?${query}`)).map(({ action }) => action);
    const [muted, kicked] = ['sanction.applied', 'user.kicked'];
    expect(await actionsOf(`actorId=${actor.id}`)).toEqual([muted, kicked, muted]);
    expect(await actionsOf(`userId=${user.id}`)).toEqual([muted, kicked, muted]);
    expect(await actionsOf(`conversationId=${id}`)).toEqual([kicked, muted]);
    expect(await actionsOf(`conversationId=${id}&action=user.kicked`)).toEqual([kicked]);
    expect(await actionsOf(`actorId=${user.id}`)).toEqual([]);
    // What was done outlasts where it was done.
    await rest.delete(`/conversations/${id}`);
    expect(await actionsOf(`conversationId=${id}`)).toEqual([kicked, muted]);
  });

  it('comes in pages, newest first, each entry once', async () => {
    const user = await ranked(app, 'user');
    for (const _ of range(1, 5)) await impose(a, { action: 'kick', userId: user.id });
    const whole = (await trailOf(user)).map(({ id }) => id);
    expect(whole).toEqual([...whole].sort((one, other) => other - one));
    const seen: number[] = [];
    for (let next = ''; next !== 'null';) {
      const cursor = next && `&cursor=${encodeURIComponent(next)}`;
      const page = await a.get(`/moderation/audit?userId=${user.id}&limit=2${cursor}`);
      const { items, nextCursor } = bodyOf<PageView<AuditView>>(page);
      seen.push(...items.map(({ id }) => id));
      next = String(nextCursor);
    }
    expect(seen).toEqual(whole);
  });

  it.each([
    ['action=sanction', 'action'],
    ['conversationId=x', 'conversationId'],
    ['conversationId=0', 'conversationId'],
    ['conversationId=1.5', 'conversationId'],
    ['conversationId=2147483648', 'conversationId'],
    ['cursor=garbage', 'cursor'],
    ['limit=101', 'limit'],
    [`userId=${'x'.repeat(129)}`, 'userId'],
    ['actorId=1&actorId=2', 'actorId'],
  ])('refuses ?%s', async (query, field) => {
    expectInvalid(await a.get(`/moderation/audit?${query}`), field);
  });
});

it.each([
  `UPDATE moderation_audit SET reason = 'another'`,
  'DELETE FROM moderation_audit',
  'DELETE FROM moderation_audit WHERE false',
  'TRUNCATE moderation_audit',
])('the database itself refuses %s', async (statement) => {
  await impose(a, { action: 'kick', userId: (await ranked(app, 'user')).id });
  const before = await listOf(a, '/moderation/audit?limit=100');
  await expect(app.database.query(statement)).rejects.toThrow('append-only');
  expect(await listOf(a, '/moderation/audit?limit=100')).toEqual(before);
});
