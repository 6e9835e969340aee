import type { UserId } from './identity.js';

/** What word lists there are: see `moderation/word-lists`. */
export const WORD_LANGUAGES = ['ar-latn', 'en', 'es', 'fr', 'it', 'pt', 'pt-pt'] as const;
export type WordLanguage = (typeof WORD_LANGUAGES)[number];

/** `listed`: links to the listed domains, and what is below them, and no others. */
export const LINK_POLICIES = ['allow', 'block', 'listed'] as const;
export type LinkPolicy = (typeof LINK_POLICIES)[number];

/** At most `max` in `seconds`. */
export interface PaceLimit {
  readonly max: number;
  readonly seconds: number;
}

/** What no moderator needs to look at: one document for the service. */
export interface ModerationRules {
  readonly exemptModerators: boolean;
  readonly words: {
    readonly languages: readonly WordLanguage[];
    /** Words, beginnings of words (`word*`) and phrases. */
    readonly blocked: readonly string[];
    /** What the lists have and is welcome here; words that no beginning of a word means. */
    readonly allowed: readonly string[];
  };
  readonly links: { readonly policy: LinkPolicy; readonly domains: readonly string[] };
  /** The same text by one user, wherever. */
  readonly repeats: PaceLimit | null;
  /** Messages of one user, wherever. */
  readonly bursts: PaceLimit | null;
  /** Texts of so many letters or more, with that share of capitals (0 to 1) or more. */
  readonly caps: { readonly minLength: number; readonly share: number } | null;
  readonly mentions: { readonly max: number } | null;
}

/** A fresh install refuses nothing. */
export const NO_RULES: ModerationRules = {
  exemptModerators: true,
  words: { languages: [], blocked: [], allowed: [] },
  links: { policy: 'allow', domains: [] },
  repeats: null,
  bursts: null,
  caps: null,
  mentions: null,
};

/** What a text alone is judged by. */
export type ContentRule = 'words' | 'links' | 'caps' | 'mentions';

/** What is counted over time. */
export type PaceRule = 'repeats' | 'bursts' | 'slowMode';

export interface StoredRules {
  readonly rules: ModerationRules;
  /** Grows with each change; 0 before the first. */
  readonly version: number;
  readonly updatedAt: Date | null;
  readonly updatedBy: UserId | null;
}
