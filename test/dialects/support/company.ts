import type { TestApp } from '../../support/app.js';
import type { Speaker } from '../../support/speaker.js';
import { everywhere } from '../../support/speakers.js';
import type { TestUser } from '../../support/tokens.js';

/** Two users, each connected in every dialect, the first of them twice, all reading along. */
export interface Company {
  /** As all of them call it. */
  readonly place: number | string;
  readonly alices: readonly Speaker[];
  /** More of the first one's connections. */
  readonly others: readonly Speaker[];
  readonly bobs: readonly Speaker[];
}

export async function gathered(
  app: TestApp,
  [alice, bob]: readonly [TestUser, TestUser],
  place: number | string,
): Promise<Company> {
  const alices = await everywhere(app, alice, place);
  const others = await everywhere(app, alice, place);
  return { place, alices, others, bobs: await everywhere(app, bob, place) };
}
