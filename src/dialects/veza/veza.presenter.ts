import { randomUUID } from 'node:crypto';
import type { RoomEvent } from '../../core/core.events.js';
import { isAdmin, isModerator, type Identity, type UserId } from '../../core/model/identity.js';
import type { Message, MessageId, MessageType } from '../../core/model/message.js';
import type { ModerationAct } from '../../core/model/sanction.js';
import { thumbnailPath, uploadPath, type Upload } from '../../core/model/upload.js';
import { wireUserText } from '../../core/model/wire-ids.js';
import type { Connection, Presenter, RoomName, RoomView } from '../../realtime/connection.js';
import type { JoinedConversation } from '../../session/joining.service.js';
import type { Answer, ReceivedMessage, ServerFrames, WireMessageType } from './veza.events.js';
import { awaited } from './veza.requests.js';

const REMOVED_BY_MODERATOR = 'removed_by_moderator';
const REJECTED_BY_RULES = 'rejected_by_rules';
const SANCTIONED_BY_MODERATOR = 'sanctioned_by_moderator';

export const wireMessageId = (id: MessageId): string => `msg_${id}`;

const wireType = (type: MessageType): WireMessageType => (type === 'audio' ? 'voice' : type);

/** `requestId`: of the client's frame that this answers. */
export function envelope({ type, data, id = randomUUID() }: Answer, requestId?: unknown): string {
  const timestamp = Date.now();
  const isAnswer = typeof requestId === 'string';
  return JSON.stringify({
    type,
    id,
    timestamp,
    data,
    ...(isAnswer && { metadata: { request_id: requestId } }),
  });
}

/** Each of the two names himself first. */
const directRoom = (reader: UserId, other: UserId): string => `private_${reader}_${other}`;

const otherOf = ([a, b]: readonly [UserId, UserId], user: UserId): UserId => (a === user ? b : a);

/** What the reader calls the conversation; direct ones are read without having been called. */
function roomName({ id, name, pair, reader }: RoomView): RoomName {
  if (name !== null) return name;
  if (!pair || !reader) return `room_${id}`;
  const { userId } = reader.identity;
  return directRoom(userId, otherOf(pair, userId));
}

const isReaders = ({ reader }: RoomView, actor: UserId | null): boolean =>
  reader?.identity.userId === actor;

const content = (room: RoomName, message: Message) => ({
  room_id: room,
  message_id: wireMessageId(message.id),
  content: message.content,
  message_type: wireType(message.type),
  timestamp: message.sentAt.getTime(),
  mentions: message.mentions,
  attachments: message.attachments,
  ...(message.replyTo !== null && { reply_to: wireMessageId(message.replyTo) }),
});

const received = (room: RoomName, message: Message): ReceivedMessage => ({
  ...content(room, message),
  user_id: wireUserText(message.senderId),
  username: message.senderName,
  is_edited: message.editedAt !== null,
  is_deleted: message.deletedAt !== null,
});

export const messageReceived = (room: RoomName, message: Message): Answer => ({
  type: 'message_received',
  id: wireMessageId(message.id),
  data: received(room, message),
});

const messageUpdated = (room: RoomName, message: Message): Answer => ({
  type: 'message_updated',
  data: received(room, message),
});

const privateMessage = (room: RoomName, message: Message): Answer => ({
  type: 'private_message',
  id: wireMessageId(message.id),
  data: {
    ...content(room, message),
    sender_id: wireUserText(message.senderId),
    sender_username: message.senderName,
    is_read: false,
  },
});

function created(room: RoomView, message: Message): string {
  const { clientMessageId } = message;
  const isPrivate = room.pair && !isReaders(room, message.senderId);
  const frame = (isPrivate ? privateMessage : messageReceived)(roomName(room), message);
  return envelope(frame, awaited.take(room.reader, clientMessageId) ? clientMessageId : undefined);
}

function deleted(name: RoomName, message: Message, deletedBy: UserId): string {
  const { id, senderId, senderName } = message;
  if (deletedBy === senderId) return envelope(messageUpdated(name, message));
  return envelope({
    type: 'moderation_action',
    data: {
      action: 'message_deleted',
      message_id: wireMessageId(id),
      reason: REMOVED_BY_MODERATOR,
      moderator_id: wireUserText(deletedBy),
      room_id: name,
      user_id: wireUserText(senderId),
      username: senderName,
    },
  });
}

/** For the sender of a message that the automatic rules refused. */
export const messageRejected = (name: RoomName, { userId, username }: Identity): string =>
  envelope({
    type: 'moderation_action',
    data: {
      action: 'message_rejected',
      message_id: null,
      reason: REJECTED_BY_RULES,
      moderator_id: null,
      room_id: name,
      user_id: wireUserText(userId),
      username,
    },
  });

const DURATIONS = new Map([
  [60, '1h'],
  [24 * 60, '24h'],
  [7 * 24 * 60, '7d'],
]);

function durationOf({ at, expiresAt }: ModerationAct): string {
  if (!expiresAt) return 'permanent';
  const minutes = Math.round((expiresAt.getTime() - at.getTime()) / 60_000);
  return DURATIONS.get(minutes) ?? `${minutes}m`;
}

const MODERATIONS = {
  ban: 'user_banned',
  mute: 'user_muted',
  kick: 'user_kicked',
  unban: 'user_unbanned',
  unmute: 'user_unmuted',
} as const;

function moderation(name: RoomName, act: ModerationAct): string {
  const { action } = act;
  return envelope({
    type: 'moderation_action',
    data: {
      action: MODERATIONS[action],
      user_id: wireUserText(act.userId),
      username: act.username,
      reason: act.reason ?? SANCTIONED_BY_MODERATOR,
      ...((action === 'ban' || action === 'mute') && { duration: durationOf(act) }),
      moderator_id: wireUserText(act.moderatorId),
      room_id: act.conversationId === null ? null : name,
    },
  });
}

export function roomJoined(
  room: RoomName,
  { summary: { conversation, lastMessage }, onlineUsers }: JoinedConversation,
): ServerFrames['room_joined'] {
  const { title, slug, type } = conversation;
  return {
    room_id: room,
    room_name: title ?? slug ?? String(room),
    room_type: type,
    users_online: onlineUsers.length,
    last_message: lastMessage && {
      id: wireMessageId(lastMessage.id),
      content: lastMessage.content,
      user_id: wireUserText(lastMessage.senderId),
      username: lastMessage.senderName,
      timestamp: lastMessage.sentAt.getTime(),
    },
  };
}

export const fileDownload = (upload: Upload): ServerFrames['file_download'] => ({
  file_id: upload.id,
  url: uploadPath(upload.id),
  file_name: upload.name,
  mime_type: upload.mimeType,
  size: upload.size,
  ...(upload.width !== null && { width: upload.width }),
  ...(upload.height !== null && { height: upload.height }),
  ...(upload.duration !== null && { duration: upload.duration }),
  ...(upload.hasThumbnail && { thumbnail_url: thumbnailPath(upload.id) }),
});

export const authSuccess = ({ id, identity }: Connection): ServerFrames['auth_success'] => ({
  user_id: wireUserText(identity.userId),
  username: identity.username,
  roles: identity.roles.size > 0 ? [...identity.roles] : ['user'],
  permissions: permissionsOf(identity),
  session_id: id,
});

const permissionsOf = (identity: Identity): string[] => [
  'read:chat',
  'write:chat',
  ...(isModerator(identity) ? ['moderate:chat'] : []),
  ...(isAdmin(identity) ? ['admin:chat'] : []),
];

/** Says what happened in the words of document 3. */
export const vezaPresenter: Presenter = {
  roomEvent(room, event: RoomEvent): string | null {
    const name = roomName(room);
    switch (event.type) {
      case 'message.created':
        return created(room, event.message);
      case 'message.updated':
        return envelope(messageUpdated(name, event.message));
      case 'message.deleted':
        return deleted(name, event.message, event.deletedBy);
      case 'moderation':
        return moderation(name, event.act);
      case 'typing': {
        const { userId, username, isTyping } = event;
        const user = { user_id: wireUserText(userId), username };
        const data = { room_id: name, ...user, is_typing: isTyping, isTyping };
        return envelope({ type: 'typing_indicator', data });
      }
      case 'receipt': {
        if (isReaders(room, event.userId)) return null;
        const { userId, messageId, readAt } = event;
        const what = { room_id: name, message_id: wireMessageId(messageId) };
        const data = { ...what, user_id: wireUserText(userId), timestamp: readAt.getTime() };
        return envelope({ type: 'read_receipt', data });
      }
      default:
        return null;
    }
  },

  presence: ({ userId, username, isOnline }) =>
    envelope({
      type: isOnline ? 'user_online' : 'user_offline',
      data: { user_id: userId, username },
    }),

  notification: () => null,
};
