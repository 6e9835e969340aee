import type { RoomEvent } from '../../core/core.events.js';
import type { Identity, UserId } from '../../core/model/identity.js';
import type { Message, MessageId } from '../../core/model/message.js';
import { wireUserId } from '../../core/model/wire-ids.js';
import type { Presenter, RoomName, RoomView } from '../../realtime/connection.js';
import {
  BATCH,
  type ServerFrames,
  type WireContent,
  type WireHistoryMessage,
} from './salon.events.js';
import { REACTION } from './salon.schemas.js';

type Author = Pick<Identity, 'userId' | 'username'>;

export const frame = <T extends keyof ServerFrames>(type: T, data: ServerFrames[T]): string =>
  JSON.stringify({ type, data, timestamp: new Date().toISOString() });

/** Frames that are text already, as one. */
export const batchFrame = (texts: readonly string[]): string =>
  `{"type":"${BATCH}","data":{"messages":[${texts.join(',')}]},"timestamp":"${new Date().toISOString()}"}`;

const contentOf = (message: Message): WireContent => {
  const { attachments, replyTo, clientMessageId, editedAt, deletedAt, reactions } = message;
  const [url] = attachments;
  const reacted = Object.entries(reactions);
  return {
    id: message.id,
    content: message.content,
    message_type: message.type,
    created_at: message.sentAt.toISOString(),
    ...(url !== undefined && { media_url: url }),
    ...(message.metadata?.media as object | undefined),
    ...(attachments.length > 1 && { attachments }),
    ...(replyTo !== null && { reply_to: replyTo }),
    ...(reacted.length > 0 && {
      reactions: Object.fromEntries(reacted.map(([emoji, ids]) => [emoji, ids.map(wireUserId)])),
    }),
    ...(clientMessageId !== null && { client_message_id: clientMessageId }),
    ...(editedAt && { edited_at: editedAt.toISOString() }),
    ...(deletedAt && { deleted_at: deletedAt.toISOString() }),
  };
};

/** A reaction is a message to this protocol, but none to the log: it has no id of its own. */
const reactionTo = (messageId: MessageId, emoji: string) =>
  ({
    id: null,
    content: emoji,
    message_type: REACTION,
    reply_to: messageId,
    created_at: new Date().toISOString(),
  }) as const;

export const historyMessage = (message: Message): WireHistoryMessage => ({
  user_id: wireUserId(message.senderId),
  username: message.senderName,
  ...contentOf(message),
});

const inRoom = (room: RoomName, { userId, username }: Author) => ({
  room,
  user_id: wireUserId(userId),
  username,
});

const direct = (to: UserId, { userId, username }: Author) => ({
  from_user_id: wireUserId(userId),
  from_username: username,
  to_user_id: wireUserId(to),
});

const authorOf = ({ senderId, senderName }: Message): Author => ({
  userId: senderId,
  username: senderName,
});

export const roomMessage = (room: RoomName, message: Message): string =>
  frame('room_message', { ...inRoom(room, authorOf(message)), ...contentOf(message) });

export const directMessage = (to: UserId, message: Message): string =>
  frame('direct_message', { ...direct(to, authorOf(message)), ...contentOf(message) });

export const roomReaction = (
  room: RoomName,
  author: Author,
  id: MessageId,
  emoji: string,
): string => frame('room_message', { ...inRoom(room, author), ...reactionTo(id, emoji) });

export const directReaction = (to: UserId, author: Author, id: MessageId, emoji: string): string =>
  frame('direct_message', { ...direct(to, author), ...reactionTo(id, emoji) });

/** The other of the two; null where it is no conversation of two. */
const recipient = ({ pair }: RoomView, author: UserId): UserId | null =>
  pair && (pair[0] === author ? pair[1] : pair[0]);

/** Says what happened in the words of document 4. */
export const salonPresenter: Presenter = {
  roomEvent(room, event: RoomEvent): string | null {
    switch (event.type) {
      case 'message.created': {
        const to = recipient(room, event.message.senderId);
        return to === null
          ? roomMessage(room.name, event.message)
          : directMessage(to, event.message);
      }
      case 'message.reaction': {
        if (!event.isAdded) return null;
        const to = recipient(room, event.userId);
        return to === null
          ? roomReaction(room.name, event, event.messageId, event.emoji)
          : directReaction(to, event, event.messageId, event.emoji);
      }
      case 'user.connected':
        return room.pair ? null : frame('user_connected', inRoom(room.name, event));
      case 'user.disconnected':
      case 'participant.left':
        return room.pair ? null : frame('user_disconnected', inRoom(room.name, event));
      default:
        return null;
    }
  },

  /** Told per room: see `user.connected`. */
  presence: () => null,
  notification: () => null,
};
