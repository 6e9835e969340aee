import type {
  Conversation,
  ConversationHead,
  ConversationId,
  Participant,
} from './model/conversation.js';
import type { UserId } from './model/identity.js';
import type { Message, MessageId, Reactions } from './model/message.js';
import type { Notification } from './model/notification.js';
import type { Revocation } from './model/revocation.js';
import type { StoredRules } from './model/rules.js';
import type { ModerationAct, Sanction } from './model/sanction.js';

/**
 * What happened inside one conversation, told to those joined to it. A dialect's presenter
 * handles each `type`; the payloads carry domain values, never a wire format.
 */
export type RoomEvent =
  | { readonly type: 'message.created'; readonly message: Message }
  | {
      readonly type: 'message.updated';
      readonly message: Message;
      /** Of two changes of a message the later one has the higher. */
      readonly revision: number;
    }
  | {
      readonly type: 'message.deleted';
      readonly message: Message;
      readonly deletedBy: UserId;
    }
  | {
      readonly type: 'message.reaction';
      readonly messageId: MessageId;
      /** Of the message. */
      readonly seq: number;
      readonly reactions: Reactions;
      /** Who changed what. */
      readonly userId: UserId;
      readonly username: string;
      readonly emoji: string;
      readonly isAdded: boolean;
      /** As of `message.updated`; absent where nothing is stored of it. */
      readonly revision?: number | undefined;
    }
  | {
      readonly type: 'typing';
      readonly userId: UserId;
      readonly username: string;
      readonly isTyping: boolean;
    }
  | {
      readonly type: 'receipt';
      readonly messageId: MessageId;
      readonly userId: UserId;
      readonly readAt: Date;
    }
  /** A participant came online, or looked in with its first socket; the opposite of either. */
  | { readonly type: 'user.connected'; readonly userId: UserId; readonly username: string }
  | { readonly type: 'user.disconnected'; readonly userId: UserId; readonly username: string }
  /** A user's first socket entered the room, the last one left it: by itself, or not. */
  | { readonly type: 'user.entered'; readonly userId: UserId; readonly username: string }
  | { readonly type: 'user.left'; readonly userId: UserId; readonly username: string }
  | { readonly type: 'participant.joined'; readonly userId: UserId; readonly username: string }
  | { readonly type: 'participant.left'; readonly userId: UserId; readonly username: string }
  | { readonly type: 'conversation.updated'; readonly conversation: Conversation }
  | { readonly type: 'moderation'; readonly act: ModerationAct };

const EPHEMERAL = new Set<RoomEvent['type']>([
  'typing',
  'user.connected',
  'user.disconnected',
  'user.entered',
  'user.left',
]);

/** What nobody misses for long: the first to go when a reader cannot keep up. */
export const isEphemeral = ({ type }: RoomEvent): boolean => EPHEMERAL.has(type);

/** Whose doing it is; null where it is nobody's, or it does not matter. */
export function actorOf(event: RoomEvent): UserId | null {
  switch (event.type) {
    case 'message.created':
    case 'message.updated':
      return event.message.senderId;
    case 'message.deleted':
      return event.deletedBy;
    case 'conversation.updated':
      return null;
    case 'moderation':
      return event.act.moderatorId;
    default:
      return event.userId;
  }
}

/** What concerns a user rather than a conversation. */
export interface PresenceChange {
  readonly userId: UserId;
  readonly username: string;
  readonly isOnline: boolean;
  readonly lastSeen: Date | null;
}

/** The doorbell: a conversation has reached `head`. The new messages ride along. */
export interface MessagesCommitted {
  readonly conversationId: ConversationId;
  /** New and consecutive, ascending by `seq`; empty when a resend only recalled the head. */
  readonly messages: readonly Message[];
  readonly head: number;
}

/** Somebody was acted on by a moderator. */
export interface Moderated {
  readonly act: ModerationAct;
  /** Null for everywhere. */
  readonly conversation: ConversationHead | null;
}

export interface SanctionChanged {
  readonly sanction: Sanction;
  readonly conversation: ConversationHead | null;
  /** What is told of it; null for a shadow ban, of which nobody hears. */
  readonly act: ModerationAct | null;
}

/** `userId` wants to hear nothing of `blockedId`, or does again. */
export interface BlockChanged {
  readonly userId: UserId;
  readonly blockedId: UserId;
}

/** Events that all nodes hear, by name. Published after commit, never before. */
export interface CoreEvents {
  'messages.committed': MessagesCommitted;
  /** Of several conversations at once how far they are: messages of theirs may not be told of. */
  'heads.reached': { readonly heads: readonly Pick<ConversationHead, 'id' | 'lastSeq'>[] };
  'room.event': {
    readonly conversationId: ConversationId;
    readonly event: RoomEvent;
    /** Whose sockets are left out: the typist hears nothing of its own typing. */
    readonly exceptUserId?: UserId;
    /** Whose sockets alone hear of it. */
    readonly onlyUserId?: UserId;
  };
  'participant.added': {
    readonly participant: Participant;
    readonly conversation: ConversationHead;
  };
  'participant.removed': { readonly participant: Participant };
  'sanction.applied': SanctionChanged;
  'sanction.lifted': SanctionChanged;
  'user.kicked': Moderated;
  'tokens.revoked': { readonly revocation: Revocation };
  'user.blocked': BlockChanged;
  'user.unblocked': BlockChanged;
  /** Somebody sent a text to everybody else who is where nobody is known. */
  'text.relayed': { readonly text: string; readonly from: string };
  'conversation.deleted': { readonly conversationId: ConversationId };
  'rules.changed': StoredRules;
  'presence.changed': {
    readonly change: PresenceChange;
    readonly conversationIds: readonly ConversationId[];
  };
  'notification.raised': {
    readonly userIds: readonly UserId[];
    readonly notification: Notification;
  };
}
