import { NO_RULES, type ModerationRules } from '../../../src/core/model/rules.js';
import type { CompiledRules, Submission } from '../../../src/core/ports/rule-compiler.js';
import { InMemoryRuleCompiler } from '../../../src/moderation/in-memory-rule-compiler.js';

export const compiled = (rules: Partial<ModerationRules>): Promise<CompiledRules> =>
  new InMemoryRuleCompiler().compile({ ...NO_RULES, ...rules });

export const submission = (content: string, fields: Partial<Submission> = {}): Submission => ({
  content,
  attachments: [],
  mentionedNames: [],
  mentionedIds: 0,
  ...fields,
});

export const blocking = (fields: Partial<ModerationRules['words']>): Promise<CompiledRules> =>
  compiled({ words: { ...NO_RULES.words, ...fields } });
