import type { ConversationType } from '../../core/model/conversation.js';
import type { MessageType } from '../../core/model/message.js';
import type { NotificationType } from '../../core/model/notification.js';
import type { ModerationAction } from '../../core/model/sanction.js';
import type { ModerationCommand } from '../../core/moderation.service.js';
import type { WireUserId } from '../../core/model/wire-ids.js';
import type {
  ConversationPayload,
  HistoryPayload,
  JoinPayload,
  ListPayload,
  ModerationPayload,
  MessagePayload,
  EditPayload,
  ReactionPayload,
  RefreshPayload,
  ReportPayload,
  SendPayload,
  TypingPayload,
  UserPayload,
} from './chat.schemas.js';

export interface WireMessage {
  id: number;
  conversationId: number;
  seq: number;
  senderId: WireUserId;
  senderName: string;
  type: MessageType;
  content: string;
  attachments: readonly string[];
  replyTo: number | null;
  mentions: WireUserId[];
  reactions: WireReactions;
  clientMessageId: string | null;
  sentAt: string;
  editedAt: string | null;
  deletedAt: string | null;
}

export type WireReactions = Record<string, WireUserId[]>;

export interface WireConversation {
  id: number;
  type: ConversationType;
  slug: string | null;
  title: string | null;
  participantCount: number;
  lastSeq: number;
  /** Seconds that a user waits between two messages; 0 for none. */
  slowModeSeconds: number;
}

export interface WireConversationSummary extends WireConversation {
  unreadCount: number;
}

/** What a moderator did. */
export interface WireSanction {
  /** Null for a kick, which does not last. */
  id: number | null;
  action: ModerationCommand;
  /** Null for everywhere. */
  conversationId: number | null;
  userId: WireUserId;
  moderatorId: WireUserId;
  reason: string | null;
  createdAt: string;
  /** Null for one without an end. */
  expiresAt: string | null;
}

/** Somebody the user has blocked. */
export interface WireBlock {
  userId: WireUserId;
  username: string;
  createdAt: string;
}

interface Text {
  message: string;
}

/** What clients may emit: name → what comes in, and what the ack adds to `success: true`. */
export interface ClientEvents {
  'conversation:join': {
    payload: JoinPayload;
    ack: Text & {
      conversation: WireConversationSummary;
      onlineUsers: WireUserId[];
      missed?: WireMessage[];
      hasMore?: boolean;
    };
  };
  'conversation:leave': { payload: ConversationPayload; ack: Text };
  'conversation:users:online': { payload: ConversationPayload; ack: { onlineUsers: WireUserId[] } };
  'conversation:list': {
    payload: ListPayload;
    ack: {
      conversations: (WireConversationSummary & { lastMessage: WireMessage | null })[];
      nextCursor: string | null;
    };
  };
  'conversation:history': {
    payload: HistoryPayload;
    ack: { messages: WireMessage[]; hasMore: boolean };
  };
  'message:send': { payload: SendPayload; ack: { message: WireMessage; duplicate?: true } };
  'message:edit': { payload: EditPayload; ack: { message: WireMessage } };
  'message:delete': { payload: MessagePayload; ack: { message: WireMessage } };
  'message:react': { payload: ReactionPayload; ack: { reactions: WireReactions } };
  'message:unreact': { payload: ReactionPayload; ack: { reactions: WireReactions } };
  'message:read': { payload: MessagePayload; ack: Text & { unreadCount: number } };
  'message:report': { payload: ReportPayload; ack: { reportId: number } };
  'message:typing': { payload: TypingPayload; ack: object };
  'moderation:action': { payload: ModerationPayload; ack: { sanction: WireSanction } };
  /** `expiresAt` is null for a token without an end. */
  'auth:refresh': { payload: RefreshPayload; ack: { expiresAt: string | null } };
  'user:block': { payload: UserPayload; ack: object };
  'user:unblock': { payload: UserPayload; ack: object };
  'user:blocks': { payload: unknown; ack: { blocked: WireBlock[] } };
}

interface UserInConversation {
  conversationId: number;
  userId: WireUserId;
  username: string;
}

interface UserPresence {
  userId: WireUserId;
  username: string;
  lastSeen?: string;
}

/** What the server emits: name → payload. */
export interface ServerEvents {
  'message:new': { message: WireMessage; timestamp: string };
  'message:updated': { message: WireMessage; timestamp: string };
  'message:deleted': {
    messageId: number;
    conversationId: number;
    deletedBy: WireUserId;
    timestamp: string;
  };
  'message:reaction': {
    messageId: number;
    conversationId: number;
    reactions: WireReactions;
    timestamp: string;
  };
  'message:read:ack': {
    messageId: number;
    conversationId: number;
    readBy: WireUserId;
    readAt: string;
  };
  'user:typing': UserInConversation & { isTyping: boolean };
  'user:online': UserPresence;
  'user:offline': UserPresence;
  'participant:joined': UserInConversation;
  'participant:left': UserInConversation;
  'moderation:action': {
    action: ModerationAction;
    /** Null for everywhere. */
    conversationId: number | null;
    userId: WireUserId;
    moderatorId: WireUserId;
    reason: string | null;
    /** Null for one without an end. */
    expiresAt: string | null;
  };
  'conversation:updated': { conversation: WireConversation };
  notification: {
    type: NotificationType;
    conversationId?: number;
    title: string;
    body: string;
    data: Readonly<Record<string, unknown>>;
    createdAt: string;
  };
  'auth:expiring': { expiresAt: string };
  exception: FailureAck & { event: string };
}

export interface FailureAck {
  success: false;
  message: string;
  error: {
    code: string;
    message: string;
    details?: readonly { field: string; rules: readonly string[] }[];
    retryAfter?: number;
  };
}

export type SuccessAck<N extends keyof ClientEvents> = { success: true } & ClientEvents[N]['ack'];
