import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { LIMITS } from '../core/core.limits.js';
import {
  LINK_POLICIES,
  NO_RULES,
  WORD_LANGUAGES,
  type LinkPolicy,
  type ModerationRules,
  type WordLanguage,
} from '../core/model/rules.js';
import { IsConversationRef, rule } from '../validation/rules.js';

const SAYS_SOMETHING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;
const BEGINNING = /^[\p{L}\p{N}\p{M}]{2,}\*$/u;
const DOMAIN = /^(?:[\p{L}\p{N}\p{M}_-]{1,63}\.)*[\p{L}\p{N}\p{M}_-]{1,63}$/u;

const isPhrase = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= LIMITS.ruleWordLength &&
  SAYS_SOMETHING.test(value) &&
  !value.includes('*');

const isWordRule = (value: unknown): boolean =>
  isPhrase(value) ||
  (typeof value === 'string' && value.length <= LIMITS.ruleWordLength && BEGINNING.test(value));

const isDomain = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= LIMITS.domainLength &&
  DOMAIN.test(value) &&
  URL.canParse(`https://${value}`);

const each = (text: string, fits: (value: unknown) => boolean) =>
  rule('each', text, (value) => Array.isArray(value) && value.every(fits));

const ListOf = (max: number, text: string, fits: (value: unknown) => boolean) =>
  applyDecorators(IsOptional(), IsArray(), ArrayMaxSize(max), each(text, fits));

/** A part of the document; `null` and nothing say the same. */
const Part = (type: () => new () => object) =>
  applyDecorators(IsOptional(), IsObject(), ValidateNested(), Type(type));

const Whole = (min: number, max: number) => applyDecorators(IsInt(), Min(min), Max(max));

export class WordsBody {
  @ApiPropertyOptional({ enum: WORD_LANGUAGES, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(WORD_LANGUAGES.length)
  @IsIn(WORD_LANGUAGES, { each: true })
  languages?: WordLanguage[] | null;

  @ApiPropertyOptional({ type: [String], maxItems: LIMITS.ruleWords })
  @ListOf(
    LIMITS.ruleWords,
    `must be words or phrases of 1 to ${LIMITS.ruleWordLength} characters; * only at the end of a word of 2 letters or more`,
    isWordRule,
  )
  blocked?: string[] | null;

  @ApiPropertyOptional({ type: [String], maxItems: LIMITS.ruleAllowedWords })
  @ListOf(
    LIMITS.ruleAllowedWords,
    `must be words or phrases of 1 to ${LIMITS.ruleWordLength} characters`,
    isPhrase,
  )
  allowed?: string[] | null;
}

export class LinksBody {
  @ApiProperty({ enum: LINK_POLICIES })
  @IsIn(LINK_POLICIES)
  policy!: LinkPolicy;

  @ApiPropertyOptional({ type: [String], maxItems: LIMITS.ruleDomains })
  @ListOf(LIMITS.ruleDomains, 'must be domains, such as example.org', isDomain)
  domains?: string[] | null;
}

export class PaceBody {
  @ApiProperty({ minimum: 1, maximum: LIMITS.rulePaceMax })
  @Whole(1, LIMITS.rulePaceMax)
  max!: number;

  @ApiProperty({ minimum: 1, maximum: LIMITS.rulePaceSeconds })
  @Whole(1, LIMITS.rulePaceSeconds)
  seconds!: number;
}

export class CapsBody {
  @ApiProperty({ minimum: 1, maximum: 20_000, description: 'Letters a text has at least' })
  @Whole(1, 20_000)
  minLength!: number;

  @ApiProperty({ minimum: 0.01, maximum: 1, description: 'Of capitals among them' })
  @IsNumber()
  @Min(0.01)
  @Max(1)
  share!: number;
}

export class MentionsBody {
  @ApiProperty({ minimum: 0, maximum: LIMITS.mentions })
  @Whole(0, LIMITS.mentions)
  max!: number;
}

export class RulesDocument {
  @ApiPropertyOptional({ type: Boolean, default: true })
  @IsOptional()
  @IsBoolean()
  exemptModerators?: boolean | null;

  @ApiPropertyOptional({ type: () => WordsBody })
  @Part(() => WordsBody)
  words?: WordsBody | null;

  @ApiPropertyOptional({ type: () => LinksBody })
  @Part(() => LinksBody)
  links?: LinksBody | null;

  @ApiPropertyOptional({ type: () => PaceBody, description: 'The same text by one user' })
  @Part(() => PaceBody)
  repeats?: PaceBody | null;

  @ApiPropertyOptional({ type: () => PaceBody, description: 'Messages of one user' })
  @Part(() => PaceBody)
  bursts?: PaceBody | null;

  @ApiPropertyOptional({ type: () => CapsBody })
  @Part(() => CapsBody)
  caps?: CapsBody | null;

  @ApiPropertyOptional({ type: () => MentionsBody })
  @Part(() => MentionsBody)
  mentions?: MentionsBody | null;
}

export class RulesBody extends RulesDocument {
  @ApiPropertyOptional({ type: Number, description: 'Of the rules that these are to replace' })
  @IsOptional()
  @Whole(0, 2 ** 31 - 1)
  version?: number | null;
}

export class DryRunBody {
  @ApiProperty()
  @IsObject()
  @ValidateNested()
  @Type(() => RulesDocument)
  rules!: RulesDocument;

  @ApiPropertyOptional({ type: String, description: 'Of one conversation; else of all' })
  @IsOptional()
  @IsConversationRef()
  conversationId?: number | string | null;

  @ApiPropertyOptional({
    type: Number,
    minimum: 1,
    maximum: LIMITS.rehearsal,
    default: 1_000,
  })
  @Whole(1, LIMITS.rehearsal)
  limit = 1_000;
}

/** Complete, and nothing but what it knows. */
export const rulesOf = ({
  exemptModerators,
  words,
  links,
  repeats,
  bursts,
  caps,
  mentions,
}: RulesDocument): ModerationRules => ({
  exemptModerators: exemptModerators ?? NO_RULES.exemptModerators,
  words: {
    languages: [...new Set(words?.languages ?? [])],
    blocked: words?.blocked ?? [],
    allowed: words?.allowed ?? [],
  },
  links: { policy: links?.policy ?? NO_RULES.links.policy, domains: links?.domains ?? [] },
  repeats: repeats ? { max: repeats.max, seconds: repeats.seconds } : null,
  bursts: bursts ? { max: bursts.max, seconds: bursts.seconds } : null,
  caps: caps ? { minLength: caps.minLength, share: caps.share } : null,
  mentions: mentions ? { max: mentions.max } : null,
});
