import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import {
  MAY_NOT_MODERATE,
  refusedSanction,
  sanction,
  withRole,
  type Action,
  type Role,
} from '../support/live-moderation.js';
import { sectionOf } from '../support/live-samples.js';
import { anError, gatherLive, newSlug, speak } from '../support/live-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** A room that `owner` owns, with these in it. */
async function roomOf(owner: TestUser, ...users: TestUser[]) {
  const slug = newSlug();
  await app.conversation([owner], { type: 'live', slug });
  const clients: FrameClient[] = [];
  for (const user of users) clients.push(await app.live(user, `room/${slug}`));
  return clients as [FrameClient, FrameClient];
}

/** Of two with these roles, in one room. */
async function encounter(role: Role, targetRole: Role) {
  const [actor, target] = [withRole(role), withRole(targetRole)];
  const owner = role === 'owner' ? actor : targetRole === 'owner' ? target : someone('another');
  const [client, other] = await roomOf(owner, actor, target);
  return { actor, target, client, other };
}

const MINE: Record<Role, readonly Action[]> = {
  user: [],
  moderator: ['mute'],
  admin: ['ban', 'mute'],
  superuser: ['ban', 'mute'],
  owner: ['ban', 'mute'],
};
const RIGHTS = (Object.keys(MINE) as Role[]).flatMap((role) =>
  (['ban', 'mute'] as const).map((action) => [role, action, MINE[role].includes(action)] as const),
);

it('the document’s table says the same of the roles of the service', () => {
  const rows = [...sectionOf('Rôles').matchAll(/^\| `(\w+)` +\| ✅ +\| (.) +\| (.) +\|$/gm)];
  const documented = rows.map(([, role, moderates, bans]) => [
    role,
    [...(bans === '✅' ? ['ban'] : []), ...(moderates === '✅' ? ['mute'] : [])],
  ]);
  expect(documented).toEqual(Object.entries(MINE).filter(([role]) => role !== 'owner'));
});

describe('who may do what to a user', () => {
  it.each(RIGHTS)('%s, %s: %s', async (role, action, isAllowed) => {
    const { actor, target, client, other } = await encounter(role, 'user');
    if (!isAllowed) {
      expect(await refusedSanction(client, action, target.id)).toStrictEqual(MAY_NOT_MODERATE);
      await speak(other, 'as before');
      return;
    }
    expect(await sanction(client, action, target, 60)).toStrictEqual({
      action,
      target_user_id: target.id,
      moderator_user_id: actor.id,
      duration_minutes: 60,
      timestamp: INSTANT,
    });
  });

  it('a visitor: nothing', async () => {
    const { users, clients } = await gatherLive(app, ['alice', null]);
    for (const action of ['ban', 'mute'] as const) {
      expect(await refusedSanction(clients[1], action, users[0].id)).toStrictEqual(
        MAY_NOT_MODERATE,
      );
    }
  });

  it('an owner elsewhere: nothing here', async () => {
    const alice = someone('alice');
    await roomOf(alice);
    const { place, users } = await gatherLive(app, ['bob']);
    const client = await app.live(alice, place);
    expect(await refusedSanction(client, 'mute', users[0].id)).toStrictEqual(MAY_NOT_MODERATE);
  });
});

describe('nobody sanctions who stands as high, or higher', () => {
  it.each<[Role, Role, boolean]>([
    ['moderator', 'moderator', false],
    ['moderator', 'owner', true],
    ['moderator', 'admin', false],
    ['owner', 'moderator', false],
    ['owner', 'admin', false],
    ['owner', 'superuser', false],
    ['admin', 'moderator', true],
    ['admin', 'owner', true],
    ['admin', 'admin', false],
    ['admin', 'superuser', false],
    ['superuser', 'admin', true],
    ['superuser', 'owner', true],
    ['superuser', 'superuser', false],
  ])('%s, %s: %s', async (role, targetRole, isAllowed) => {
    const { target, client } = await encounter(role, targetRole);
    if (isAllowed) expect(await sanction(client, 'mute', target)).toMatchObject({ action: 'mute' });
    else expect(await refusedSanction(client, 'mute', target.id)).toStrictEqual(MAY_NOT_MODERATE);
  });

  it('oneself', async () => {
    for (const role of ['owner', 'moderator', 'admin', 'superuser'] as const) {
      const { actor, client } = await encounter(role, 'user');
      expect(await refusedSanction(client, 'mute', actor.id)).toStrictEqual(MAY_NOT_MODERATE);
      await speak(client, 'as before');
    }
  });

  it('nobody who is not known', async () => {
    const [client] = await roomOf(someone('owner'), withRole('admin'));
    for (const id of [987_654_321, 'nobody', 'anonymous:0123456789:x']) {
      const error = await refusedSanction(client, 'ban', id);
      expect(error).toStrictEqual(anError('User not found', 'USER_NOT_FOUND'));
    }
  });
});
