import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { Sanction, SanctionKind } from '../model/sanction.js';

export abstract class SanctionStore {
  /** One that holds now. */
  abstract find(
    conversationId: ConversationId,
    userId: UserId,
    kind: SanctionKind,
  ): Promise<Sanction | null>;
  /**
   * Holds from then on: what the user sent before is committed, what comes later finds it. Takes
   * the place of one of the same kind. False where the conversation is gone.
   */
  abstract put(sanction: Sanction): Promise<boolean>;
}
