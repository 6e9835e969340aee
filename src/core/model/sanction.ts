import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

/**
 * `ban`: neither reads nor writes. `mute`: reads, but writes nothing. `shadow`: writes what nobody
 * else gets to read, without being told.
 */
export const SANCTION_KINDS = ['ban', 'mute', 'shadow'] as const;
export type SanctionKind = (typeof SANCTION_KINDS)[number];

export interface Sanction {
  readonly id: number;
  /** Null for one that holds everywhere. */
  readonly conversationId: ConversationId | null;
  readonly userId: UserId;
  readonly kind: SanctionKind;
  readonly moderatorId: UserId;
  readonly reason: string | null;
  readonly createdAt: Date;
  /** Null for one without an end. */
  readonly expiresAt: Date | null;
}

export type NewSanction = Omit<Sanction, 'id'>;

/** What everyone concerned hears of: shadow bans are none of it. */
export const MODERATION_ACTIONS = ['ban', 'mute', 'kick', 'unban', 'unmute'] as const;
export type ModerationAction = (typeof MODERATION_ACTIONS)[number];

/** What a moderator did to a user. */
export interface ModerationAct {
  readonly action: ModerationAction;
  /** Null for everywhere. */
  readonly conversationId: ConversationId | null;
  readonly userId: UserId;
  readonly username: string;
  readonly moderatorId: UserId;
  readonly reason: string | null;
  readonly at: Date;
  /** Null for what has no end. */
  readonly expiresAt: Date | null;
}
