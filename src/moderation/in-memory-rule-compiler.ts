import { Injectable } from '@nestjs/common';
import type { ContentRule, ModerationRules, WordLanguage } from '../core/model/rules.js';
import { RuleCompiler, type CompiledRules, type Submission } from '../core/ports/rule-compiler.js';
import { isShouted } from './capitals.js';
import { Lexicon } from './lexicon.js';
import { linkJudge } from './links.js';
import { isCrowded } from './mention-flood.js';
import { pacesOf } from './paces.js';
import { wordList } from './word-lists.js';

type Judge = (submission: Submission) => boolean;

@Injectable()
export class InMemoryRuleCompiler extends RuleCompiler {
  async compile(rules: ModerationRules): Promise<CompiledRules> {
    const { words, links, caps, mentions } = rules;
    const lexicon = await lexiconOf(words);
    const judges: [ContentRule, Judge][] = [];
    if (!lexicon.isEmpty) judges.push(['words', ({ content }) => lexicon.isIn(content)]);
    if (links.policy !== 'allow') judges.push(['links', linkJudge(links)]);
    if (caps) judges.push(['caps', ({ content }) => isShouted(content, caps)]);
    if (mentions) judges.push(['mentions', (submission) => isCrowded(submission, mentions)]);
    return {
      brokenBy: (submission) =>
        judges.filter(([, isBroken]) => isBroken(submission)).map(([rule]) => rule),
      pacesOf: (sender, submission) => pacesOf(rules, sender, submission),
    };
  }
}

async function lexiconOf({
  languages,
  blocked,
  allowed,
}: ModerationRules['words']): Promise<Lexicon> {
  const lists = await Promise.all(languages.map((language: WordLanguage) => wordList(language)));
  return new Lexicon({
    listed: lists.flatMap(({ likely }) => likely),
    everyday: lists.flatMap(({ everyday }) => everyday),
    blocked,
    allowed,
  });
}
