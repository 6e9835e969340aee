import { Injectable } from '@nestjs/common';
import { ContentJudge } from './content-judge.service.js';
import { ChatError } from './core.errors.js';
import type { Identity } from './model/identity.js';
import type { ModerationRules, StoredRules } from './model/rules.js';
import { EventBus } from './ports/event-bus.js';
import { RulesStore } from './ports/rules-store.js';
import { assertModerator } from './role-policy.js';

/** The automatic rules: reading and replacing them. Moderators only. */
@Injectable()
export class RulesService {
  constructor(
    private readonly store: RulesStore,
    private readonly judge: ContentJudge,
    private readonly bus: EventBus,
  ) {}

  /** PERMISSION_DENIED. */
  get(identity: Identity): Promise<StoredRules> {
    assertModerator(identity);
    return this.store.read();
  }

  /**
   * Puts these in the place of all others; on all nodes they hold once this resolves. `version`
   * is of those that were meant to be replaced. PERMISSION_DENIED, CONFLICT where others came first.
   */
  async replace(
    identity: Identity,
    rules: ModerationRules,
    version: number | null,
  ): Promise<StoredRules> {
    assertModerator(identity);
    const stored = await this.store.replace(rules, { userId: identity.userId, version });
    if (!stored) {
      throw new ChatError('CONFLICT', { text: 'The rules were changed meanwhile.' });
    }
    await this.judge.adopt(stored);
    await this.bus.publish('rules.changed', stored);
    return stored;
  }
}
