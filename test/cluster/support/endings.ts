import { expect } from 'vitest';
import { Registry } from '../../../src/realtime/registry.js';
import type { TestApp } from '../../support/app.js';
import type { TestClients } from '../../support/clients.js';
import { within } from '../../support/patience.js';
import type { Speaker } from '../../support/speaker.js';
import { everywhere } from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';
import type { Crowd } from './crowd.js';

/** How somebody may be put out. */
export const ENDINGS = [
  'ban',
  'kick',
  'removal',
  'ban everywhere',
  'kick everywhere',
  'revocation',
] as const;
export type Ending = (typeof ENDINGS)[number];

export const closesConnections = (ending: Ending): boolean =>
  ending.endsWith('everywhere') || ending === 'revocation';

export interface Victim {
  readonly user: TestUser;
  /** One in each dialect. */
  readonly speakers: readonly Speaker[];
  /** Resolves when all that was sent to it has reached it. */
  settled(ending: Ending): Promise<unknown>;
}

/** Somebody who takes part in it, is connected there, and whom a node `elsewhere` let in. */
export async function victimOf(
  app: TestApp,
  elsewhere: TestApp,
  crowd: Pick<Crowd, 'id' | 'admin'>,
): Promise<Victim> {
  const user = someone('victim');
  const { admin } = crowd;
  await (await elsewhere.as(user)).get('/users/me');
  const path = `/conversations/${crowd.id}/participants/${user.id}`;
  const added = await (await elsewhere.as(admin)).put(path, {});
  expect([path, added.status]).toEqual([path, 204]);
  const speakers = await everywhere(app, user, crowd.id);
  const hungUp = async () => {
    const connections = () => [...app.get(Registry).connectionsOf(String(user.id))];
    while (connections().length > 0) await new Promise(setImmediate);
  };
  return {
    user,
    speakers,
    settled: (ending) =>
      closesConnections(ending)
        ? within('the end of all connections', hungUp())
        : Promise.all(speakers.map((speaker) => speaker.settled())),
  };
}

/** Puts somebody out in that way, by that node; resolves with its answer. */
export async function end(
  app: Pick<TestClients, 'as'>,
  { id, admin }: Pick<Crowd, 'id' | 'admin'>,
  { id: userId }: TestUser,
  ending: Ending,
): Promise<void> {
  const rest = await app.as(admin);
  const [action] = ending.split(' ');
  const place = closesConnections(ending) ? {} : { conversationId: id };
  const answer =
    ending === 'revocation'
      ? await rest.post('/auth/revocations', { userId })
      : ending === 'removal'
        ? await rest.delete(`/conversations/${id}/participants/${userId}`)
        : await rest.post('/moderation/sanctions', { action, userId, ...place });
  expect([ending, answer.status]).toEqual([ending, ending === 'removal' ? 204 : 201]);
}
