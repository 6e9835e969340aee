import type { ConversationId } from './conversation.js';

export const NOTIFICATION_TYPES = [
  'message',
  'mention',
  'invitation',
  'moderation',
  'system',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

export interface Notification {
  readonly type: NotificationType;
  readonly conversationId: ConversationId | null;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}
