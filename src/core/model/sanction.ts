import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

/** `ban`: neither reads nor writes. `mute`: reads, but writes nothing. */
export const SANCTION_KINDS = ['ban', 'mute'] as const;
export type SanctionKind = (typeof SANCTION_KINDS)[number];

export interface Sanction {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly kind: SanctionKind;
  readonly moderatorId: UserId;
  readonly createdAt: Date;
  /** Null for one without an end. */
  readonly expiresAt: Date | null;
}
