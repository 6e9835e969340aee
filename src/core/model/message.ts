import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';

export type MessageId = number;

export const MESSAGE_TYPES = ['text', 'image', 'audio', 'video', 'file', 'system'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** What a client may claim a message to be: `system` is the service's own. */
export const SENDABLE_TYPES = MESSAGE_TYPES.filter((type) => type !== 'system');

/** Who reacted with what. */
export type Reactions = Readonly<Record<string, readonly UserId[]>>;

export interface Message {
  readonly id: MessageId;
  readonly conversationId: ConversationId;
  /** Place in the conversation: 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly type: MessageType;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly replyTo: MessageId | null;
  readonly mentions: readonly UserId[];
  readonly reactions: Reactions;
  readonly clientMessageId: string | null;
  /**
   * What a dialect wants back with the message (root's `context`, salon's media fields). Keys that
   * begin with `_` say how the sender spelled something: sent again in another spelling, a message
   * is the same.
   */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly sentAt: Date;
  readonly editedAt: Date | null;
  readonly deletedAt: Date | null;
  /** Said by somebody shadow banned: see `seenBy`. */
  readonly isShadowed: boolean;
}

/** A message before the log has numbered it. */
export interface MessageDraft {
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly type: MessageType;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly replyTo: MessageId | null;
  readonly mentions: readonly UserId[];
  readonly clientMessageId: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}
