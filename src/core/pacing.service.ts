import { Injectable } from '@nestjs/common';
import { ContentJudge } from './content-judge.service.js';
import { ChatError } from './core.errors.js';
import { InOrder } from './in-order.js';
import { addressKeyOf, type Identity } from './model/identity.js';
import type { MessageDraft } from './model/message.js';
import type { PaceRule } from './model/rules.js';
import { logRejection, type Sending } from './moderation-log.js';
import { PermissionsService } from './permissions.service.js';
import { MessageStore } from './ports/message-store.js';
import type { Pace } from './ports/rule-compiler.js';
import { SendLimiter } from './ports/send-limiter.js';
import { SlowModes } from './slow-modes.service.js';

const TEXTS: Readonly<Record<PaceRule, string>> = {
  repeats: 'You have sent this often enough; wait a moment.',
  bursts: 'You send too many messages at once; wait a moment.',
  slowMode: 'Slow mode is on in this conversation; wait a moment.',
};

/** As many visitors without a token may sit behind one address. */
const BEHIND_AN_ADDRESS = 10;

interface Refusal {
  readonly rule: PaceRule;
  readonly error: ChatError;
}

/** How fast one may write: by the automatic rules, and where slow mode is on. */
@Injectable()
export class PacingService {
  private readonly inOrder = new InOrder();

  constructor(
    private readonly judge: ContentJudge,
    private readonly slowModes: SlowModes,
    private readonly permissions: PermissionsService,
    private readonly messages: MessageStore,
    private readonly limiter: SendLimiter,
  ) {}

  /**
   * Appends a message unless it comes too soon: RATE_LIMITED. Only what is newly stored counts;
   * what was stored before may be sent again at any time.
   */
  within<T extends { readonly isDuplicate: boolean }>(
    { identity, dialect }: Pick<Sending, 'identity' | 'dialect'>,
    draft: MessageDraft,
    append: () => Promise<T>,
  ): Promise<T> {
    const { conversationId: conversation } = draft;
    const paces = this.pacesOf(identity, draft);
    if (paces.length === 0) return append();
    return this.paced({ identity, dialect, conversation }, draft, paces, append);
  }

  private async paced<T extends { readonly isDuplicate: boolean }>(
    sending: Sending,
    draft: MessageDraft,
    all: readonly Pace[],
    append: () => Promise<T>,
  ): Promise<T> {
    const paces = await this.holding(sending.identity, draft, all);
    // Each text is counted by itself, and one count may be known before another.
    const refusal = await this.inOrder.after(sending.identity.userId, this.take(paces));
    if (refusal !== null) {
      if (await this.isKnown(draft)) return append();
      logRejection(sending, [refusal.rule]);
      throw refusal.error;
    }
    let counts = false;
    try {
      const sent = await append();
      counts = !sent.isDuplicate;
      return sent;
    } finally {
      if (!counts) await this.giveBack(paces);
    }
  }

  /** Visitors without a token count one by one, and all from one address share ten times as much. */
  private pacesOf(identity: Identity, draft: MessageDraft): readonly Pace[] {
    const own = this.pacesAs(identity.userId, identity, draft);
    const address = addressKeyOf(identity.userId);
    if (address === null || own.length === 0) return own;
    const shared = this.pacesAs(address, identity, draft).map(({ rate, ...pace }) => ({
      ...pace,
      rate: { ...rate, count: rate.count * BEHIND_AN_ADDRESS },
    }));
    return [...own, ...shared];
  }

  private pacesAs(sender: string, identity: Identity, draft: MessageDraft): readonly Pace[] {
    const paces = this.judge.pacesOf(identity, sender, draft);
    const { conversationId } = draft;
    const seconds = this.slowModes.secondsIn(conversationId);
    if (seconds === 0) return paces;
    const key = `slow:${conversationId}:${sender}`;
    return [...paces, { rule: 'slowMode', rate: { count: 1, seconds }, key }];
  }

  /** Who moderates the conversation is not slowed down. */
  private async holding(
    identity: Identity,
    { conversationId }: MessageDraft,
    paces: readonly Pace[],
  ): Promise<readonly Pace[]> {
    if (this.slowModes.secondsIn(conversationId) === 0) return paces;
    const isExempt = await this.permissions.mayModerate(identity, conversationId);
    return isExempt ? paces.filter(({ rule }) => rule !== 'slowMode') : paces;
  }

  /** All or nothing. */
  private async take(paces: readonly Pace[]): Promise<Refusal | null> {
    for (const [index, { rule, rate, key }] of paces.entries()) {
      try {
        await this.limiter.takeAt(rate, key);
      } catch (error) {
        await this.giveBack(paces.slice(0, index));
        if (!(error instanceof ChatError && error.retryAfter !== undefined)) throw error;
        const { code, retryAfter } = error;
        return { rule, error: new ChatError(code, { text: TEXTS[rule], retryAfter }) };
      }
    }
    return null;
  }

  private async giveBack(paces: readonly Pace[]): Promise<void> {
    for (const { rate, key } of paces) await this.limiter.giveBack(rate, key);
  }

  /** Whether it was stored before: looked up for what would be refused, and for nothing else. */
  private async isKnown({ conversationId, senderId, clientMessageId }: MessageDraft) {
    if (clientMessageId === null) return false;
    return this.messages.knowsClientId({ conversationId, senderId, clientMessageId });
  }
}
