import { Injectable } from '@nestjs/common';
import { DirectoryService } from './directory.service.js';
import { isModerator, type Identity } from './model/identity.js';
import type { ConversationId } from './model/conversation.js';
import type { MessageId } from './model/message.js';
import type { ContentRule, ModerationRules, PaceRule } from './model/rules.js';
import { mentionedNames } from './mentions.js';
import { PaceHistory } from './pace-history.js';
import { PermissionsService } from './permissions.service.js';
import { MessageArchive, type ArchivedMessage } from './ports/message-archive.js';
import { RuleCompiler, type CompiledRules, type Pace } from './ports/rule-compiler.js';
import { assertModerator } from './role-policy.js';

export interface RehearsalRange {
  /** An id, or whatever else a client calls a conversation; null for all of them. */
  readonly conversation: ConversationId | string | null;
  /** The newest so many messages. */
  readonly limit: number;
}

export interface Rehearsal {
  readonly examined: number;
  readonly rejected: number;
  /** How many messages broke each rule; those that nobody broke are missing. */
  readonly byRule: Readonly<Partial<Record<ContentRule | PaceRule, number>>>;
  readonly samples: readonly Rejection[];
}

interface Rejection {
  readonly messageId: MessageId;
  readonly conversationId: ConversationId;
  readonly rules: readonly (ContentRule | PaceRule)[];
}

/** What is left of a message when it was judged. */
interface Judged {
  readonly messageId: MessageId;
  readonly conversationId: ConversationId;
  readonly sentAt: Date;
  readonly broken: readonly ContentRule[];
  readonly paces: readonly Pace[];
}

const PAGE = 500;
const SAMPLES = 50;
/** Messages that are judged before others have their turn. */
const SLICE = 20;

/** What rules would have refused of what was written: nothing is changed. */
@Injectable()
export class RehearsalService {
  constructor(
    private readonly archive: MessageArchive,
    private readonly compiler: RuleCompiler,
    private readonly directory: DirectoryService,
    private readonly permissions: PermissionsService,
  ) {}

  /** PERMISSION_DENIED for all but moderators, CONVERSATION_NOT_FOUND. */
  async rehearse(
    identity: Identity,
    rules: ModerationRules,
    { conversation, limit }: RehearsalRange,
  ): Promise<Rehearsal> {
    assertModerator(identity);
    const conversationId = conversation === null ? null : await this.find(identity, conversation);
    const compiled = await this.compiler.compile(rules);
    const judged: (Judged | null)[] = [];
    for await (const message of this.newest(conversationId, limit)) {
      const isExempt =
        rules.exemptModerators && isModerator({ roles: new Set(message.senderRoles) });
      judged.push(isExempt ? null : judge(compiled, message));
      if (judged.length % SLICE === 0) await new Promise(setImmediate);
    }
    // Oldest first: what is counted over time is counted as it was sent.
    const history = new PaceHistory();
    const rejections = judged.reverse().flatMap((message) => rejectionOf(message, history));
    return summaryOf(judged.length, rejections);
  }

  private async find(
    identity: Identity,
    conversation: ConversationId | string,
  ): Promise<ConversationId> {
    const id = await this.directory.resolve(conversation, identity);
    await this.permissions.assertExists(id, identity.userId);
    return id;
  }

  /** A page at a time: all of their texts together would be a lot to hold. */
  private async *newest(
    conversationId: ConversationId | null,
    limit: number,
  ): AsyncGenerator<ArchivedMessage> {
    let before: MessageId | null = null;
    for (let left = limit; left > 0; left -= PAGE) {
      const size = Math.min(PAGE, left);
      const range = { conversationId, before, limit: size };
      const page: readonly ArchivedMessage[] = await this.archive.newest(range);
      yield* page;
      before = page.at(-1)?.id ?? null;
      if (page.length < size) return;
    }
  }
}

function judge(compiled: CompiledRules, message: ArchivedMessage): Judged {
  const { id: messageId, conversationId, sentAt, content, attachments, mentions } = message;
  // Among those it mentions are those that its text names.
  const named = mentionedNames(content, mentions.length).length;
  const mentionedIds = Math.max(0, mentions.length - named);
  const submission = { content, attachments, mentionedNames: [], mentionedIds };
  return {
    ...{ messageId, conversationId, sentAt },
    broken: compiled.brokenBy(submission),
    paces: compiled.pacesOf(message.senderId, submission),
  };
}

function rejectionOf(message: Judged | null, history: PaceHistory): Rejection[] {
  if (message === null) return [];
  const { messageId, conversationId, sentAt, broken, paces } = message;
  const tooSoon = paces.filter((pace) => !history.take(pace, sentAt)).map(({ rule }) => rule);
  const rules = [...broken, ...tooSoon];
  return rules.length > 0 ? [{ messageId, conversationId, rules }] : [];
}

function summaryOf(examined: number, rejections: readonly Rejection[]): Rehearsal {
  const byRule: Partial<Record<ContentRule | PaceRule, number>> = {};
  for (const rule of rejections.flatMap(({ rules }) => rules)) {
    byRule[rule] = (byRule[rule] ?? 0) + 1;
  }
  const samples = rejections.slice(-SAMPLES).reverse();
  return { examined, rejected: rejections.length, byRule, samples };
}
