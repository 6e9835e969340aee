import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { isModerator, type Identity } from './model/identity.js';
import { NO_RULES, type ContentRule, type StoredRules } from './model/rules.js';
import { logRejection, type Sending } from './moderation-log.js';
import { EventBus } from './ports/event-bus.js';
import {
  RuleCompiler,
  type CompiledRules,
  type Pace,
  type Submission,
} from './ports/rule-compiler.js';
import { RulesStore } from './ports/rules-store.js';

interface Wording {
  readonly text: string;
  readonly rule: string;
}

const WORDINGS: Readonly<Record<ContentRule, Wording>> = {
  words: { text: 'it contains blocked words', rule: 'must not contain blocked words' },
  links: {
    text: 'it contains a link that is not allowed here',
    rule: 'must not contain links that are not allowed',
  },
  caps: { text: 'most of it is in capitals', rule: 'must not be mostly in capitals' },
  mentions: { text: 'it mentions too many people', rule: 'must not mention so many people' },
};

const NOTHING_YET: StoredRules = { rules: NO_RULES, version: -1, updatedAt: null, updatedBy: null };

/** Judges messages by the automatic rules, in memory, before they are stored. */
@Injectable()
export class ContentJudge implements OnModuleInit {
  private readonly logger = new Logger('Moderation');
  private stored = NOTHING_YET;
  private compiled: CompiledRules = { brokenBy: () => [], pacesOf: () => [] };

  constructor(
    private readonly store: RulesStore,
    private readonly compiler: RuleCompiler,
    bus: EventBus,
  ) {
    bus.subscribe('rules.changed', (rules) =>
      this.adopt(rules).catch((error: unknown) =>
        this.logger.error({ event: 'RULES_NOT_ADOPTED', version: rules.version, error }),
      ),
    );
  }

  /** Before the service listens: nothing slips in ahead of the rules. */
  async onModuleInit(): Promise<void> {
    await this.adopt(await this.store.read());
  }

  /** Those that hold on this node. */
  get current(): StoredRules {
    return this.stored;
  }

  /** They hold once this resolves, unless newer ones do. */
  async adopt(stored: StoredRules): Promise<void> {
    if (stored.version <= this.stored.version) return;
    const compiled = await this.compiler.compile(stored.rules);
    if (stored.version <= this.stored.version) return;
    this.stored = stored;
    this.compiled = compiled;
  }

  /** CONTENT_REJECTED, naming the rules and never what broke them; null where none is broken. */
  refusalOf(sending: Sending, submission: Submission): ChatError | null {
    if (this.isExempt(sending.identity)) return null;
    const broken = this.compiled.brokenBy(submission);
    if (broken.length === 0) return null;
    logRejection(sending, broken);
    const wordings = broken.map((rule) => WORDINGS[rule]);
    return new ChatError('CONTENT_REJECTED', {
      text: `The message was rejected: ${wordings.map(({ text }) => text).join(', and ')}.`,
      details: [{ field: 'content', rules: wordings.map(({ rule }) => rule) }],
    });
  }

  /** What of it is counted for that sender. */
  pacesOf(
    identity: Identity,
    sender: string,
    submission: Pick<Submission, 'content' | 'attachments'>,
  ): readonly Pace[] {
    return this.isExempt(identity) ? [] : this.compiled.pacesOf(sender, submission);
  }

  private isExempt(identity: Identity): boolean {
    return this.stored.rules.exemptModerators && isModerator(identity);
  }
}
