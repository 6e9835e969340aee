import type { ContentRule, ModerationRules, PaceRule } from '../model/rules.js';
import type { Rate } from './send-limiter.js';

/** What somebody wants others to read. */
export interface Submission {
  readonly content: string;
  readonly attachments: readonly string[];
  /** Usernames mentioned besides those in the text. */
  readonly mentionedNames: readonly string[];
  /** How many users are mentioned by id. */
  readonly mentionedIds: number;
}

/** What is counted of a message: so many under that key. */
export interface Pace {
  readonly rule: PaceRule;
  readonly rate: Rate;
  readonly key: string;
}

/**
 * Rules made ready to judge by. Nothing is awaited, nothing is read: sends of one client overlap,
 * and whoever waited longer would be overtaken.
 */
export interface CompiledRules {
  /** In time that grows with the text alone, whatever is in it. */
  readonly brokenBy: (submission: Submission) => readonly ContentRule[];
  /** Always as many, whatever the text. `sender` is a user, or whoever else is counted as one. */
  readonly pacesOf: (
    sender: string,
    submission: Pick<Submission, 'content' | 'attachments'>,
  ) => readonly Pace[];
}

export abstract class RuleCompiler {
  /** Loads what the rules name: the word lists of the languages asked for. */
  abstract compile(rules: ModerationRules): Promise<CompiledRules>;
}
