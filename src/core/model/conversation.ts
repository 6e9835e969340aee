import type { UserId } from './identity.js';
import type { Message } from './message.js';
import type { Sanction } from './sanction.js';

export type ConversationId = number;

export const CONVERSATION_TYPES = ['direct', 'private', 'public', 'live'] as const;
export type ConversationType = (typeof CONVERSATION_TYPES)[number];

export interface Conversation {
  readonly id: ConversationId;
  readonly type: ConversationType;
  readonly slug: string | null;
  readonly title: string | null;
  readonly description: string | null;
  /** Whether users may come in by themselves: to stay (`public`), or while they look on (`live`). */
  readonly isPublic: boolean;
  readonly allowAnonymous: boolean;
  readonly maxParticipants: number | null;
  /** Seconds that a user waits between two messages; 0 for none. */
  readonly slowModeSeconds: number;
  /** The two users of a direct conversation; null for any other. */
  readonly pair: readonly [UserId, UserId] | null;
  readonly participantCount: number;
  /** `seq` of the newest message, 0 when there is none. */
  readonly lastSeq: number;
  readonly createdBy: UserId | null;
  readonly createdAt: Date;
}

/** What delivery needs to know of a conversation. All but `lastSeq` never changes. */
export type ConversationHead = Pick<Conversation, 'id' | 'type' | 'pair' | 'lastSeq'>;

/** A conversation as one participant sees it. */
export interface ConversationSummary {
  readonly conversation: Conversation;
  readonly unreadCount: number;
  readonly lastMessage: Message | null;
}

export const PARTICIPANT_ROLES = ['owner', 'moderator', 'member'] as const;
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];

/** What decides what a user may do in a conversation. */
export interface Standing {
  /** Null for who takes no part in it. */
  readonly role: ParticipantRole | null;
  /** Whether one may be there without taking part: live rooms, and visitors without a token. */
  readonly isOpen: boolean;
  /** The gravest that holds. */
  readonly sanction: Pick<Sanction, 'kind' | 'expiresAt'> | null;
  /** Whether it is direct, and one of the two has blocked the other. */
  readonly isBlocked: boolean;
}

export interface Participant {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly username: string;
  readonly role: ParticipantRole;
  readonly joinedAt: Date;
}
