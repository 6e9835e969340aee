import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { RestClient } from '../support/rest-client.js';
import { someone, type TestUser } from '../support/tokens.js';
import {
  aSanction,
  conversationOf,
  impose,
  listOf,
  MEASURES,
  ranked,
  type Measure,
  type SanctionView,
} from './support/moderating.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';
import type { PageView } from './support/views.js';

const MINUTE_MS = 60_000;

let app: TestApp;
let admin: TestUser;
let a: RestClient;

beforeAll(async () => {
  app = await startApp();
  admin = await ranked(app, 'admin');
  a = await app.as(admin);
});
afterAll(() => app.stop());

const newcomer = () => ranked(app, 'user');
const path = (id: unknown) => `/moderation/sanctions/${String(id)}`;
const sanctionsOf = (user: TestUser) =>
  listOf<SanctionView>(a, `/moderation/sanctions?userId=${user.id}`);

async function imposed(
  action: Measure,
  user: TestUser,
  fields: object = {},
): Promise<SanctionView> {
  const answer = await impose(a, { action, userId: user.id, ...fields });
  expect(answer.status).toBe(201);
  return bodyOf<SanctionView>(answer);
}

describe.each(MEASURES)('a %s', (action) => {
  const id: unknown = action === 'kick' ? null : expect.any(Number);

  it('is imposed in a conversation, by its id, its slug, or the id as text', async () => {
    const user = await newcomer();
    const { id: conversationId, slug } = await conversationOf(app, [user, 'user']);
    for (const place of [conversationId, String(conversationId), slug]) {
      const answer = await impose(a, { action, userId: user.id, conversationId: place });
      const fields = { action, conversationId, userId: user.id, moderatorId: admin.id };
      expect([answer.status, answer.body]).toEqual([201, { ...aSanction(fields), id }]);
    }
  });

  it.each([
    ['absent', {}],
    ['null', { conversationId: null }],
  ])('is imposed everywhere where the conversation is %s', async (_, place) => {
    const user = await newcomer();
    const fields = { action, userId: user.id, moderatorId: admin.id };
    expect(await imposed(action, user, place)).toEqual({ ...aSanction(fields), id });
  });

  it('bears a reason', async () => {
    const reason = 'r'.repeat(500);
    expect(await imposed(action, await newcomer(), { reason })).toMatchObject({ reason });
  });
});

describe.each(['ban', 'mute', 'shadow'] as const)('a %s, which lasts,', (action) => {
  it('lasts as long as is said, or for ever', async () => {
    const user = await newcomer();
    for (const durationMinutes of [1, 61, 5_256_000]) {
      const { createdAt, expiresAt } = await imposed(action, user, { durationMinutes });
      const lasted = Date.parse(String(expiresAt)) - Date.parse(createdAt);
      expect(lasted).toBe(durationMinutes * MINUTE_MS);
    }
    for (const forEver of [{ durationMinutes: 0 }, { durationMinutes: null }, {}]) {
      expect((await imposed(action, user, forEver)).expiresAt).toBeNull();
    }
  });

  it('takes the place of the one before, under an id of its own', async () => {
    const user = await newcomer();
    const first = await imposed(action, user, { reason: 'first' });
    const second = await imposed(action, user, { reason: 'second', durationMinutes: 5 });
    expect(second.id).toBeGreaterThan(Number(first.id));
    expect(await sanctionsOf(user)).toEqual([second]);
    // Who looked at the first does not lift what was decided since.
    expectProblem(await a.delete(path(first.id)), 'MESSAGE_NOT_FOUND');
    expect(await sanctionsOf(user)).toEqual([second]);
  });

  it('is lifted once', async () => {
    const sanction = await imposed(action, await newcomer());
    const answer = await a.delete(path(sanction.id));
    expect([answer.status, answer.body]).toEqual([204, '']);
    expectProblem(await a.delete(path(sanction.id)), 'MESSAGE_NOT_FOUND');
  });
});

it('an end that has come is the end: it is listed no more, nor lifted', async () => {
  const user = await newcomer();
  const { id } = await imposed('mute', user, { durationMinutes: 1 });
  await app.database.query('UPDATE sanctions SET expires_at = clock_timestamp() WHERE id = $1', [
    id,
  ]);
  expect(await sanctionsOf(user)).toEqual([]);
  expectProblem(await a.delete(path(id)), 'MESSAGE_NOT_FOUND');
});

it('two who lift at once lift once', async () => {
  for (const _ of range(1, 5)) {
    const { id } = await imposed('mute', await newcomer());
    const answers = await Promise.all(range(1, 4).map(() => a.delete(path(id))));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
  }
});

it('of those who impose at once, each that is answered has replaced what it saw', async () => {
  const user = await newcomer();
  const { id } = await imposed('mute', user);
  const answers = await Promise.all(
    range(1, 6).map((n) => impose(a, { action: 'mute', userId: user.id, reason: `${n}` })),
  );
  const made = answers.filter(({ status }) => status === 201).map((answer) => answer.body);
  const late = answers.filter(({ status }) => status !== 201);
  for (const answer of late) expectProblem(answer, 'CONFLICT');
  const kept = await sanctionsOf(user);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.id).not.toBe(id);
  expect(made).toContainEqual(kept[0]);
});

it('a misspelt field is refused: without its conversation a ban would hold everywhere', async () => {
  const user = await newcomer();
  const answer = await impose(a, { action: 'ban', userId: user.id, conversation_id: 1 });
  expectInvalid(answer, 'conversation_id');
  expect(await sanctionsOf(user)).toEqual([]);
});

describe('nobody is acted on who', () => {
  it.each(MEASURES)('is not known, by a %s', async (action) => {
    const stranger = someone('stranger');
    expectProblem(await impose(a, { action, userId: stranger.id }), 'USER_NOT_FOUND');
    const { id } = await conversationOf(app);
    const body = { action, userId: stranger.id, conversationId: id };
    expectProblem(await impose(a, body), 'USER_NOT_FOUND');
  });

  it.each(MEASURES)('is where no conversation is, by a %s', async (action) => {
    const userId = (await newcomer()).id;
    for (const conversationId of [2 ** 31 - 1, 'no-such-place', 'no such place', 'private_1_x']) {
      const answer = await impose(a, { action, userId, conversationId });
      expectProblem(answer, 'CONVERSATION_NOT_FOUND');
    }
  });

  it('is one of two who talk to each other, by a kick: there is nobody to talk to then', async () => {
    const [one, other] = [await newcomer(), await newcomer()];
    const id = await app.conversation([one, other], { type: 'direct' });
    expectInvalid(
      await impose(a, { action: 'kick', userId: one.id, conversationId: id }),
      'userId',
    );
  });
});

describe('the list', () => {
  it('is of those that hold now, newest first, by user and by conversation', async () => {
    const [one, other] = [await newcomer(), await newcomer()];
    const { id, slug } = await conversationOf(app, [one, 'user'], [other, 'user']);
    const here = { conversationId: id };
    const made = [
      await imposed('mute', one, here),
      await imposed('ban', other, { ...here, durationMinutes: 9, reason: 'spam' }),
      await imposed('shadow', one),
    ];
    const [muted, banned, shadowed] = made;
    await imposed('kick', one, here);
    const list = (query: string) => listOf<SanctionView>(a, `/moderation/sanctions?${query}`);
    expect(await list(`userId=${one.id}`)).toEqual([shadowed, muted]);
    expect(await list(`conversationId=${id}`)).toEqual([banned, muted]);
    expect(await list(`conversationId=${slug}`)).toEqual([banned, muted]);
    expect(await list(`conversationId=${id}&userId=${one.id}`)).toEqual([muted]);
    expect(await list('userId=nobody')).toEqual([]);
    expect((await list('limit=3')).map((item) => item.id)).toEqual(made.map((m) => m.id).reverse());
  });

  it('comes in pages, each item once', async () => {
    const user = await newcomer();
    const ids: unknown[] = [];
    for (const _ of range(1, 7)) {
      const { id: conversationId } = await conversationOf(app, [user, 'user']);
      ids.unshift((await imposed('mute', user, { conversationId })).id);
    }
    const seen: unknown[] = [];
    let query = `userId=${user.id}&limit=3`;
    for (let isMore = true; isMore;) {
      const page = await a.get(`/moderation/sanctions?${query}`);
      const { items, nextCursor } = bodyOf<PageView<SanctionView>>(page);
      seen.push(...items.map((item) => item.id));
      isMore = nextCursor !== null;
      query = `userId=${user.id}&limit=3&cursor=${encodeURIComponent(String(nextCursor))}`;
    }
    expect(seen).toEqual(ids);
  });

  it.each([
    ['cursor=garbage', 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    [`userId=${'x'.repeat(129)}`, 'userId'],
    ['userId=1&userId=2', 'userId'],
    [`conversationId=${'x'.repeat(301)}`, 'conversationId'],
  ])('refuses ?%s', async (query, field) => {
    expectInvalid(await a.get(`/moderation/sanctions?${query}`), field);
  });

  it('is for moderators of the service alone', async () => {
    const { id, owner } = await conversationOf(app);
    for (const client of [await app.as(owner), await app.as(await newcomer())]) {
      for (const query of ['', `?userId=${owner.id}`]) {
        expectProblem(await client.get(`/moderation/sanctions${query}`), 'PERMISSION_DENIED');
      }
    }
    const moderator = await app.as(await ranked(app, 'moderator'));
    expect((await moderator.get(`/moderation/sanctions?conversationId=${id}`)).status).toBe(200);
  });
});

describe('bad input', () => {
  const fine = { action: 'ban', userId: 5 };

  it.each<[what: string, body: unknown, field: string]>([
    ['no action', { userId: 5 }, 'action'],
    ['an unknown action', { ...fine, action: 'hang' }, 'action'],
    ['an action that lifts', { ...fine, action: 'unban' }, 'action'],
    ['a list of actions', { ...fine, action: ['ban'] }, 'action'],
    ['the name of a prototype’s member', { ...fine, action: 'constructor' }, 'action'],
    ['no user', { action: 'ban' }, 'userId'],
    ['null for the user', { ...fine, userId: null }, 'userId'],
    ['an empty user', { ...fine, userId: '' }, 'userId'],
    ['a fraction for the user', { ...fine, userId: 1.5 }, 'userId'],
    ['an object for the user', { ...fine, userId: { id: 5 } }, 'userId'],
    ['a user that is too long', { ...fine, userId: 'x'.repeat(129) }, 'userId'],
    ['0 for the conversation', { ...fine, conversationId: 0 }, 'conversationId'],
    ['a negative conversation', { ...fine, conversationId: -1 }, 'conversationId'],
    ['an empty conversation', { ...fine, conversationId: '' }, 'conversationId'],
    ['a list of conversations', { ...fine, conversationId: [1] }, 'conversationId'],
    ['false for the conversation', { ...fine, conversationId: false }, 'conversationId'],
    ['a negative duration', { ...fine, durationMinutes: -1 }, 'durationMinutes'],
    ['a fractional duration', { ...fine, durationMinutes: 0.5 }, 'durationMinutes'],
    ['a duration as text', { ...fine, durationMinutes: '60' }, 'durationMinutes'],
    ['more than ten years', { ...fine, durationMinutes: 5_256_001 }, 'durationMinutes'],
    ['a huge duration', { ...fine, durationMinutes: 1e308 }, 'durationMinutes'],
    ['a number for the reason', { ...fine, reason: 5 }, 'reason'],
    ['a list for the reason', { ...fine, reason: ['spam'] }, 'reason'],
    ['a reason that is too long', { ...fine, reason: 'r'.repeat(501) }, 'reason'],
    ['NUL in the reason', { ...fine, reason: 'a\0b' }, 'body'],
  ])('is refused: %s', async (_, body, field) => {
    expectInvalid(await impose(a, body), field);
  });

  it.each(['0', '-1', '1.5', 'x', '2147483648', '99999999999', '%20', '1e3'])(
    'names no sanction: %s',
    async (id) => {
      expectProblem(await a.delete(path(id)), 'MESSAGE_NOT_FOUND');
    },
  );

  it('leaves nothing behind', async () => {
    const before = await listOf(a, '/moderation/audit?limit=1');
    await impose(a, { ...fine, durationMinutes: -1 });
    expect(await listOf(a, '/moderation/audit?limit=1')).toEqual(before);
  });
});
