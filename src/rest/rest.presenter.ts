import type { Conversation, ConversationSummary, Participant } from '../core/model/conversation.js';
import type { Message, Reactions } from '../core/model/message.js';
import type { User } from '../core/model/user.js';
import { wireUserId } from '../core/model/wire-ids.js';

const reactionsView = (reactions: Reactions) =>
  Object.fromEntries(
    Object.entries(reactions).map(([emoji, userIds]) => [emoji, userIds.map(wireUserId)]),
  );

export const messageView = (message: Message) => ({
  id: message.id,
  conversationId: message.conversationId,
  seq: message.seq,
  senderId: wireUserId(message.senderId),
  senderName: message.senderName,
  type: message.type,
  content: message.content,
  attachments: message.attachments,
  replyTo: message.replyTo,
  mentions: message.mentions.map(wireUserId),
  reactions: reactionsView(message.reactions),
  clientMessageId: message.clientMessageId,
  sentAt: message.sentAt,
  editedAt: message.editedAt,
  deletedAt: message.deletedAt,
});

export const conversationView = (conversation: Conversation) => ({
  id: conversation.id,
  type: conversation.type,
  slug: conversation.slug,
  title: conversation.title,
  allowAnonymous: conversation.allowAnonymous,
  maxParticipants: conversation.maxParticipants,
  participantCount: conversation.participantCount,
  lastSeq: conversation.lastSeq,
  createdBy: conversation.createdBy === null ? null : wireUserId(conversation.createdBy),
  createdAt: conversation.createdAt,
});

export const summaryView = ({ conversation, unreadCount, lastMessage }: ConversationSummary) => ({
  ...conversationView(conversation),
  unreadCount,
  lastMessage: lastMessage && messageView(lastMessage),
});

export const participantView = (participant: Participant) => ({
  userId: wireUserId(participant.userId),
  username: participant.username,
  role: participant.role,
  joinedAt: participant.joinedAt,
});

export const userView = (user: User) => ({
  id: wireUserId(user.id),
  username: user.username,
  createdAt: user.createdAt,
  lastSeenAt: user.lastSeenAt,
});
