import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestAnswer } from '../support/rest-client.js';
import {
  conversationOf,
  impose,
  MEASURES,
  ranked,
  RANKS,
  type Measure,
  type Rank,
  type SanctionView,
} from './support/moderating.js';
import { bodyOf, expectProblem, type Problem } from './support/problems.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const outcomeOf = (answer: RestAnswer): string =>
  answer.status < 300 ? 'done' : bodyOf<Problem>(answer).code;

const HEIGHTS: Record<Rank, number> = {
  ...{ user: 0, 'conversation moderator': 1, owner: 2 },
  ...{ moderator: 3, admin: 4, superuser: 5 },
};

/** Who may take which measures, in a conversation and everywhere: written out, not computed. */
const POWERS: Record<Rank, Record<'here' | 'everywhere', readonly Measure[]>> = {
  user: { here: [], everywhere: [] },
  'conversation moderator': { here: ['mute', 'kick'], everywhere: [] },
  owner: { here: MEASURES, everywhere: [] },
  moderator: { here: ['mute', 'kick'], everywhere: ['mute', 'kick'] },
  admin: { here: MEASURES, everywhere: MEASURES },
  superuser: { here: MEASURES, everywhere: MEASURES },
};

/** Of the two, everywhere the roles of a conversation count for nothing. */
const heightOf = (rank: Rank, place: 'here' | 'everywhere'): number =>
  place === 'everywhere' && (rank === 'owner' || rank === 'conversation moderator')
    ? 0
    : HEIGHTS[rank];

const PAIRS = RANKS.flatMap((actor) => RANKS.map((target) => [actor, target] as const)).filter(
  // There is one owner.
  ([actor, target]) => !(actor === 'owner' && target === 'owner'),
);

async function sceneOf(actor: Rank, target: Rank) {
  const users = [await ranked(app, actor), await ranked(app, target)] as const;
  const { id } = await conversationOf(app, [users[0], actor], [users[1], target]);
  return { id, rest: await app.as(users[0]), target: users[1] };
}

describe.each(PAIRS)('what a %s may do to a %s', (actor, target) => {
  it.each(['here', 'everywhere'] as const)('%s', async (place) => {
    const isAbove = heightOf(actor, place) > heightOf(target, place);
    const outcomes: Record<string, string> = {};
    const expected: Record<string, string> = {};
    let scene: Awaited<ReturnType<typeof sceneOf>> | null = null;
    for (const action of MEASURES) {
      scene ??= await sceneOf(actor, target);
      const where = place === 'here' ? { conversationId: scene.id } : {};
      const body = { action, userId: scene.target.id, ...where };
      outcomes[action] = outcomeOf(await impose(scene.rest, body));
      // A measure that was taken changes what the next one meets.
      if (outcomes[action] === 'done') scene = null;
      const isAllowed = isAbove && POWERS[actor][place].includes(action);
      expected[action] = isAllowed ? 'done' : 'PERMISSION_DENIED';
    }
    expect(outcomes).toEqual(expected);
  });
});

it.each(RANKS)('a %s does nothing to himself', async (rank) => {
  const user = await ranked(app, rank);
  const { id } = await conversationOf(app, [user, rank]);
  const rest = await app.as(user);
  for (const action of MEASURES) {
    for (const where of [{}, { conversationId: id }]) {
      expectProblem(await impose(rest, { action, userId: user.id, ...where }), 'PERMISSION_DENIED');
    }
  }
});

it('an owner has no power in another conversation', async () => {
  const [owner, user] = [await ranked(app, 'owner'), await ranked(app, 'user')];
  await conversationOf(app, [owner, 'owner']);
  const { id } = await conversationOf(app, [user, 'user']);
  const body = { action: 'mute', userId: user.id, conversationId: id };
  expectProblem(await impose(await app.as(owner), body), 'PERMISSION_DENIED');
});

it('a moderator who is banned moderates nothing there', async () => {
  const people = [await ranked(app, 'moderator'), await ranked(app, 'user')] as const;
  const { id } = await conversationOf(app, [people[0], 'user'], [people[1], 'user']);
  const admin = await app.as(await ranked(app, 'admin'));
  await impose(admin, { action: 'ban', userId: people[0].id, conversationId: id });
  const body = { action: 'mute', userId: people[1].id, conversationId: id };
  expectProblem(await impose(await app.as(people[0]), body), 'BANNED');
});

describe('lifting', () => {
  const lift = async (by: Rank, imposedBy: Rank, action: Measure): Promise<string> => {
    const [lifter, moderator, target] = [
      ...[await ranked(app, by), await ranked(app, imposedBy)],
      await ranked(app, 'user'),
    ] as const;
    const people = [[lifter, by] as const, [moderator, imposedBy] as const];
    const { id } = await conversationOf(app, ...people, [target, 'user']);
    const body = { action, userId: target.id, conversationId: id };
    const { id: sanction } = bodyOf<SanctionView>(await impose(await app.as(moderator), body));
    return outcomeOf(await (await app.as(lifter)).delete(`/moderation/sanctions/${sanction}`));
  };

  it.each<[by: Rank, imposedBy: Rank, action: Measure, outcome: string]>([
    ['user', 'owner', 'mute', 'PERMISSION_DENIED'],
    ['conversation moderator', 'moderator', 'mute', 'PERMISSION_DENIED'],
    ['conversation moderator', 'owner', 'mute', 'PERMISSION_DENIED'],
    ['conversation moderator', 'admin', 'ban', 'PERMISSION_DENIED'],
    ['owner', 'conversation moderator', 'mute', 'done'],
    ['owner', 'moderator', 'mute', 'PERMISSION_DENIED'],
    ['owner', 'admin', 'ban', 'PERMISSION_DENIED'],
    ['moderator', 'conversation moderator', 'mute', 'done'],
    ['moderator', 'owner', 'mute', 'done'],
    ['moderator', 'owner', 'ban', 'PERMISSION_DENIED'],
    ['admin', 'owner', 'ban', 'done'],
    ['admin', 'admin', 'shadow', 'done'],
    ['admin', 'superuser', 'mute', 'PERMISSION_DENIED'],
    ['superuser', 'admin', 'ban', 'done'],
  ])('by a %s of what a %s imposed, a %s: %s', async (by, imposedBy, action, outcome) => {
    expect(await lift(by, imposedBy, action)).toBe(outcome);
  });

  it('what a higher rank decided is not replaced by something milder either', async () => {
    const [moderator, admin] = [await ranked(app, 'moderator'), await ranked(app, 'admin')];
    const { id: userId } = await ranked(app, 'user');
    await impose(await app.as(admin), { action: 'mute', userId });
    const milder = { action: 'mute', userId, durationMinutes: 1 };
    expectProblem(await impose(await app.as(moderator), milder), 'PERMISSION_DENIED');
  });

  it('nobody lifts one of himself', async () => {
    const [admin, superuser] = [await ranked(app, 'admin'), await ranked(app, 'superuser')];
    const body = { action: 'mute', userId: admin.id };
    const { id } = bodyOf<SanctionView>(await impose(await app.as(superuser), body));
    const answer = await (await app.as(admin)).delete(`/moderation/sanctions/${id}`);
    expectProblem(answer, 'PERMISSION_DENIED');
  });

  it('a user learns nothing of what there is to lift: all that is not his to lift answers alike', async () => {
    const admin = await app.as(await ranked(app, 'admin'));
    const [user, other] = [await ranked(app, 'user'), await ranked(app, 'user')];
    const shared = await conversationOf(app, [user, 'user'], [other, 'user']);
    const foreign = await conversationOf(app, [other, 'user']);
    const rest = await app.as(user);
    const answers = [await rest.delete('/moderation/sanctions/2147483647')];
    for (const [target, conversationId] of [
      ...([
        [other, foreign.id],
        [other, shared.id],
        [user, shared.id],
      ] as const),
      ...([[other, undefined]] as const),
    ]) {
      const body = { action: 'ban', userId: target.id, conversationId };
      const { id } = bodyOf<SanctionView>(await impose(admin, body));
      answers.push(await rest.delete(`/moderation/sanctions/${id}`));
    }
    for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
    expect(answers.map(outcomeOf)).toEqual(answers.map(() => 'PERMISSION_DENIED'));
  });
});
