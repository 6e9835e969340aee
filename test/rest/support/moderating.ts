import { expect } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { INSTANT } from '../../support/chat-shapes.js';
import type { RestClient } from '../../support/rest-client.js';
import { someone, type TestUser } from '../../support/tokens.js';
import { bodyOf } from './problems.js';
import type { PageView } from './views.js';

export interface SanctionView {
  id: number | null;
  action: string;
  conversationId: number | null;
  userId: number | string;
  moderatorId: number | string;
  reason: string | null;
  createdAt: string;
  expiresAt: string | null;
}

export interface AuditView {
  id: number;
  at: string;
  action: string;
  actorId: number | string;
  userId: number | string | null;
  conversationId: number | null;
  messageId: number | null;
  reportId: number | null;
  reason: string | null;
  details: Record<string, unknown>;
}

export const MEASURES = ['ban', 'mute', 'shadow', 'kick'] as const;
export type Measure = (typeof MEASURES)[number];

/** Whoever may stand somewhere: in the service by a token, in a conversation by a role there. */
export const RANKS = [
  ...(['user', 'conversation moderator', 'owner'] as const),
  ...(['moderator', 'admin', 'superuser'] as const),
];
export type Rank = (typeof RANKS)[number];

const isOfConversation = (rank: Rank) => rank === 'conversation moderator' || rank === 'owner';

/** A new user of that rank, whom the service has met. */
export async function ranked(app: TestApp, rank: Rank): Promise<TestUser> {
  const roles = rank === 'user' || isOfConversation(rank) ? [] : [rank];
  const user = someone(rank.replace(' ', '_'), roles);
  await (await app.as(user)).get('/users/me');
  return user;
}

let lastPlace = 0;

/** A conversation of these, in their ranks. */
export async function conversationOf(
  app: TestApp,
  ...people: readonly (readonly [TestUser, Rank])[]
) {
  const owner = people.find(([, rank]) => rank === 'owner')?.[0] ?? someone('founder');
  const others = people.filter(([user]) => user !== owner).map(([user]) => user);
  const slug = `place-${++lastPlace}`;
  const id = await app.conversation([owner, ...others], { slug });
  for (const [user, rank] of people) {
    if (rank !== 'conversation moderator') continue;
    // No protocol has a word for making somebody one.
    await app.database.query(
      `UPDATE participants SET role = 'moderator' WHERE conversation_id = $1 AND user_id = $2`,
      [id, String(user.id)],
    );
  }
  return { id, slug, owner };
}

export const impose = (client: RestClient, body: unknown) =>
  client.post('/moderation/sanctions', body);

/** As it is answered, with what is not said null. */
export const aSanction = (fields: Partial<SanctionView>) => ({
  ...{ id: expect.any(Number) as number, conversationId: null, reason: null },
  ...{ createdAt: INSTANT, expiresAt: null },
  ...fields,
});

export const listOf = async <T>(client: RestClient, path: string): Promise<T[]> =>
  bodyOf<PageView<T>>(await client.get(path)).items;
