import type { PresenceChange, RoomEvent } from '../../core/core.events.js';
import type { Message } from '../../core/model/message.js';
import type { Presenter } from '../../realtime/connection.js';
import { eventPacket } from '../../transport/socket-io/socket-io-connection.js';
import type { ServerEvents, WireContext, WireMessage } from './root.events.js';

export const ROOT_NAMESPACE = '/';

const packet = <N extends keyof ServerEvents>(name: N, payload: ServerEvents[N]): string =>
  eventPacket(ROOT_NAMESPACE, name, payload);

export const wireMessage = (message: Message): WireMessage => ({
  id: String(message.id),
  message: message.content,
  timestamp: message.sentAt.toISOString(),
  userId: message.senderId,
  username: message.senderName,
  roomId: String(message.conversationId),
  context: contextOf(message),
  ...(message.attachments.length > 0 && { attachments: message.attachments }),
});

/** What other dialects send has no context of its own: where it belongs is told all the same. */
const contextOf = ({ conversationId, replyTo, metadata }: Message): WireContext => {
  const given = (metadata?.context ?? {}) as Record<string, unknown> & Partial<WireContext>;
  return {
    ...(replyTo !== null && { replyTo: String(replyTo) }),
    ...given,
    roomId: given.roomId ?? String(conversationId),
  };
};

/** Says what happened in the words of document 2, which are few. */
export const rootPresenter: Presenter = {
  roomEvent({ id }, event: RoomEvent): string | null {
    switch (event.type) {
      case 'message.created':
        return packet('message', wireMessage(event.message));
      case 'typing': {
        const { userId, username, isTyping } = event;
        return packet('userTyping', { userId, username, isTyping, roomId: String(id) });
      }
      default:
        return null;
    }
  },

  presence({ userId, username, isOnline, lastSeen }: PresenceChange): string {
    return packet('userStatus', {
      userId,
      username,
      isOnline,
      ...(lastSeen && { lastSeen: lastSeen.toISOString() }),
    });
  },

  notification: () => null,
};
