import type { TestApp } from '../../support/app.js';
import type { RestAnswer } from '../../support/rest-client.js';
import { someone } from '../../support/tokens.js';

export const MODERATOR = someone('the-moderator', ['moderator']);

/** The document before anybody wrote one, but for who changed it and when. */
export const NOTHING = {
  exemptModerators: true,
  words: { languages: [], blocked: [], allowed: [] },
  links: { policy: 'allow', domains: [] },
  repeats: null,
  bursts: null,
  caps: null,
  mentions: null,
};

/** Fails unless the rules are replaced; nothing stands for no rules. */
export async function setRules(
  app: TestApp,
  rules: Record<string, unknown> = NOTHING,
): Promise<void> {
  const answer = await (await app.as(MODERATOR)).put('/moderation/rules', rules);
  if (answer.status !== 200) throw new Error(`Not replaced: ${JSON.stringify(answer.body)}`);
}

/** What a message over REST is refused with, or its status. */
export const outcomeOf = ({ status, body }: RestAnswer): unknown =>
  status === 201 ? 'sent' : (body as { code: string }).code;
