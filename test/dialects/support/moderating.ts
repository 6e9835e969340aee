import type { TestApp } from '../../support/app.js';
import type { TestUser } from '../../support/tokens.js';

/** Over `chat`, which has a word for all that moderators do; fails where it is refused. */
export async function moderate(
  app: TestApp,
  moderator: TestUser,
  request: Record<string, unknown>,
): Promise<void> {
  const chat = await app.connect(moderator);
  await chat.expect('moderation:action', request);
  chat.close();
}
