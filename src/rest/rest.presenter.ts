import type { Conversation, ConversationSummary, Participant } from '../core/model/conversation.js';
import type { Message, Reactions } from '../core/model/message.js';
import type { Revocation } from '../core/model/revocation.js';
import type { StoredRules } from '../core/model/rules.js';
import { thumbnailPath, uploadPath, type Upload } from '../core/model/upload.js';
import type { User } from '../core/model/user.js';
import type { Block } from '../core/ports/block-store.js';
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
  slowModeSeconds: conversation.slowModeSeconds,
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

export const blockView = ({ blockedId, username, createdAt }: Block) => ({
  userId: wireUserId(blockedId),
  username,
  createdAt,
});

export const uploadView = (upload: Upload) => ({
  id: upload.id,
  url: uploadPath(upload.id),
  name: upload.name,
  mimeType: upload.mimeType,
  size: upload.size,
  ...(upload.width !== null && { width: upload.width }),
  ...(upload.height !== null && { height: upload.height }),
  ...(upload.duration !== null && { duration: upload.duration }),
  ...(upload.hasThumbnail && { thumbnailUrl: thumbnailPath(upload.id) }),
});

export const revocationView = ({ tokenId, userId, ...revocation }: Revocation) => ({
  id: revocation.id,
  ...(tokenId !== null && { jti: tokenId }),
  ...(userId !== null && { userId: wireUserId(userId) }),
  before: revocation.before,
  expiresAt: revocation.expiresAt,
  reason: revocation.reason,
  revokedBy: wireUserId(revocation.revokedBy),
  createdAt: revocation.createdAt,
});

export const rulesView = ({ rules, version, updatedAt, updatedBy }: StoredRules) => ({
  ...rules,
  version,
  updatedAt,
  updatedBy: updatedBy === null ? null : wireUserId(updatedBy),
});
