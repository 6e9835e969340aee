import type { PresenceChange, RoomEvent } from '../../core/core.events.js';
import type { Conversation, ConversationSummary } from '../../core/model/conversation.js';
import type { Message, Reactions } from '../../core/model/message.js';
import type { Notification } from '../../core/model/notification.js';
import type { ModerationAct } from '../../core/model/sanction.js';
import { wireUserId } from '../../core/model/wire-ids.js';
import type { Moderation } from '../../core/moderation.service.js';
import type { Block } from '../../core/ports/block-store.js';
import type { Presenter } from '../../realtime/connection.js';
import { eventPacket } from '../../transport/socket-io/socket-io-connection.js';
import type {
  ServerEvents,
  WireBlock,
  WireConversation,
  WireConversationSummary,
  WireMessage,
  WireReactions,
  WireSanction,
} from './chat.events.js';

export const CHAT_NAMESPACE = '/chat';

const packet = <N extends keyof ServerEvents>(name: N, payload: ServerEvents[N]): string =>
  eventPacket(CHAT_NAMESPACE, name, payload);

export const wireReactions = (reactions: Reactions): WireReactions =>
  Object.fromEntries(
    Object.entries(reactions).map(([emoji, userIds]) => [emoji, userIds.map(wireUserId)]),
  );

export const wireMessage = (message: Message): WireMessage => ({
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
  reactions: wireReactions(message.reactions),
  clientMessageId: message.clientMessageId,
  sentAt: message.sentAt.toISOString(),
  editedAt: message.editedAt?.toISOString() ?? null,
  deletedAt: message.deletedAt?.toISOString() ?? null,
});

export const wireConversation = (conversation: Conversation): WireConversation => ({
  id: conversation.id,
  type: conversation.type,
  slug: conversation.slug,
  title: conversation.title,
  participantCount: conversation.participantCount,
  lastSeq: conversation.lastSeq,
  slowModeSeconds: conversation.slowModeSeconds,
});

export const wireSummary = (summary: ConversationSummary): WireConversationSummary => ({
  ...wireConversation(summary.conversation),
  unreadCount: summary.unreadCount,
});

export const wireModeration = (done: Moderation): WireSanction => ({
  id: done.id,
  action: done.action,
  conversationId: done.conversationId,
  userId: wireUserId(done.userId),
  moderatorId: wireUserId(done.moderatorId),
  reason: done.reason,
  createdAt: done.createdAt.toISOString(),
  expiresAt: done.expiresAt?.toISOString() ?? null,
});

export const wireBlock = ({ blockedId, username, createdAt }: Block): WireBlock => ({
  userId: wireUserId(blockedId),
  username,
  createdAt: createdAt.toISOString(),
});

const moderationAction = (act: ModerationAct): ServerEvents['moderation:action'] => ({
  action: act.action,
  conversationId: act.conversationId,
  userId: wireUserId(act.userId),
  moderatorId: wireUserId(act.moderatorId),
  reason: act.reason,
  expiresAt: act.expiresAt?.toISOString() ?? null,
});

/** An instant that may be none: `Infinity`, in milliseconds. */
export const wireExpiry = (expiresAt: number): string | null =>
  expiresAt === Infinity ? null : new Date(expiresAt).toISOString();

/** Says what happened in the words of document 1. */
export const chatPresenter: Presenter = {
  roomEvent({ id: conversationId }, event: RoomEvent): string | null {
    const timestamp = new Date().toISOString();
    switch (event.type) {
      case 'message.created':
        return packet('message:new', { message: wireMessage(event.message), timestamp });
      case 'message.updated':
        return packet('message:updated', { message: wireMessage(event.message), timestamp });
      case 'message.deleted': {
        const deletedBy = wireUserId(event.deletedBy);
        const messageId = event.message.id;
        return packet('message:deleted', { messageId, conversationId, deletedBy, timestamp });
      }
      case 'message.reaction': {
        const reactions = wireReactions(event.reactions);
        const { messageId } = event;
        return packet('message:reaction', { messageId, conversationId, reactions, timestamp });
      }
      case 'receipt': {
        const { messageId, readAt } = event;
        const readBy = wireUserId(event.userId);
        return packet('message:read:ack', {
          messageId,
          conversationId,
          readBy,
          readAt: readAt.toISOString(),
        });
      }
      case 'typing': {
        const { username, isTyping } = event;
        const userId = wireUserId(event.userId);
        return packet('user:typing', { conversationId, userId, username, isTyping });
      }
      case 'user.connected':
      case 'user.disconnected':
        // Told as `user:online` and `user:offline`, once for all conversations.
        return null;
      case 'user.entered':
      case 'user.left':
        // Whoever asks is told who is there: `conversation:users:online`.
        return null;
      case 'moderation':
        return packet('moderation:action', moderationAction(event.act));
      case 'participant.joined':
      case 'participant.left': {
        const name =
          event.type === 'participant.joined' ? 'participant:joined' : 'participant:left';
        const { username } = event;
        return packet(name, { conversationId, userId: wireUserId(event.userId), username });
      }
      case 'conversation.updated':
        return packet('conversation:updated', {
          conversation: wireConversation(event.conversation),
        });
    }
  },

  presence({ userId, username, isOnline, lastSeen }: PresenceChange): string {
    return packet(isOnline ? 'user:online' : 'user:offline', {
      userId: wireUserId(userId),
      username,
      ...(lastSeen && { lastSeen: lastSeen.toISOString() }),
    });
  },

  notification({ type, conversationId, title, body, data, createdAt }: Notification): string {
    return packet('notification', {
      type,
      ...(conversationId !== null && { conversationId }),
      title,
      body,
      data,
      createdAt: createdAt.toISOString(),
    });
  },
};
