import type { ConversationId } from '../model/conversation.js';
import type { UserId } from '../model/identity.js';
import type { MessageId } from '../model/message.js';

export interface ReadPointer {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly messageId: MessageId;
  readonly seq: number;
}

export interface ReadResult {
  /** False when the pointer stood there or further already. */
  readonly isAdvanced: boolean;
  readonly readAt: Date;
  readonly unreadCount: number;
}

export abstract class ReceiptStore {
  /** Moves a participant's read pointer forward, never back. */
  abstract advance(pointer: ReadPointer): Promise<ReadResult>;
}
