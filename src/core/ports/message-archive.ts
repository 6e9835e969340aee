import type { ConversationId } from '../model/conversation.js';
import type { Role, UserId } from '../model/identity.js';
import type { MessageId } from '../model/message.js';

export interface ArchivedMessage {
  readonly id: MessageId;
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  /** As the sender's token said that came last. */
  readonly senderRoles: readonly Role[];
  readonly content: string;
  readonly attachments: readonly string[];
  readonly mentions: readonly UserId[];
  readonly sentAt: Date;
}

export interface ArchiveRange {
  /** Null for all conversations. */
  readonly conversationId: ConversationId | null;
  /** Exclusive; null for the newest. */
  readonly before: MessageId | null;
  readonly limit: number;
}

/** What users have written, in all conversations. */
export abstract class MessageArchive {
  /** Newest first, without what was deleted and what the service itself said. */
  abstract newest(range: ArchiveRange): Promise<readonly ArchivedMessage[]>;
}
