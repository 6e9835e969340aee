import type { ConversationId } from './conversation.js';
import type { UserId } from './identity.js';
import type { MessageId } from './message.js';

export const RESOLUTIONS = ['dismissed', 'removed', 'sanctioned'] as const;
/** What a moderator made of it: nothing, or the message was removed, or its author sanctioned. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** A message that somebody asks the moderators to look at. */
export interface Report {
  readonly id: number;
  readonly messageId: MessageId;
  readonly conversationId: ConversationId;
  readonly reporterId: UserId;
  readonly reporterName: string;
  /** `spam`, `harassment` or whatever else the client offers. */
  readonly reason: string;
  readonly details: string | null;
  /** The message as it was when it was reported. */
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly createdAt: Date;
  /** The moderator who looks into it. */
  readonly assignedTo: UserId | null;
  readonly assignedAt: Date | null;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: UserId | null;
  readonly resolution: Resolution | null;
  readonly note: string | null;
}

export type NewReport = Omit<
  Report,
  | 'id'
  | 'createdAt'
  | 'assignedTo'
  | 'assignedAt'
  | 'resolvedAt'
  | 'resolvedBy'
  | 'resolution'
  | 'note'
>;
