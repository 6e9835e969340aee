import type { NewAuditEntry } from '../model/audit.js';
import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { Message, MessageId, Reactions } from '../model/message.js';

/** Bounds by `seq`, both exclusive. With `before` the newest below it, else the oldest above `after`. */
export interface MessageRange {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
}

export interface MessagePage {
  /** Ascending by `seq`. */
  readonly messages: readonly Message[];
  /** Whether there is more in the direction of travel. */
  readonly hasMore: boolean;
}

/** Where a message stands: what permissions and receipts need of it. */
export interface MessageLocation {
  readonly id: MessageId;
  readonly conversationId: ConversationId;
  readonly seq: number;
  readonly senderId: UserId;
  readonly isShadowed: boolean;
}

export interface ClientMessageKey {
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  readonly clientMessageId: string;
}

export abstract class MessageStore {
  abstract find(id: MessageId): Promise<Message | null>;
  abstract locate(id: MessageId): Promise<MessageLocation | null>;
  /** Whether the sender has given that id to a message there. */
  abstract knowsClientId(key: ClientMessageKey): Promise<boolean>;
  abstract page(conversationId: ConversationId, range: MessageRange): Promise<MessagePage>;
  /** Null when the message was deleted meanwhile. */
  abstract edit(location: MessageLocation, change: MessageEdit): Promise<EditedMessage | null>;
  /**
   * Blanks the content, keeps the `seq`. Null when it was deleted before. `entry` where it is an
   * act of moderation.
   */
  abstract delete(
    location: MessageLocation,
    deletedBy: UserId,
    entry?: NewAuditEntry | null,
  ): Promise<Message | null>;
  /** Both return all reactions of the message afterwards, and whether anything changed. */
  abstract react(location: MessageLocation, userId: UserId, emoji: string): Promise<ReactionChange>;
  abstract unreact(
    location: MessageLocation,
    userId: UserId,
    emoji: string,
  ): Promise<ReactionChange>;
}

export interface MessageEdit {
  readonly content: string;
  readonly mentions: readonly UserId[];
  readonly isShadowed: boolean;
}

export interface EditedMessage {
  readonly message: Message;
  readonly revision: number;
}

export interface ReactionChange {
  readonly reactions: Reactions;
  readonly isChanged: boolean;
  /** Of two changes of a message the later one has the higher; absent where nothing is stored. */
  readonly revision?: number;
}
