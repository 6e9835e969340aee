import type { PresenceChange, RoomEvent } from '../../core/core.events.js';
import type { Message } from '../../core/model/message.js';
import { wireUserText } from '../../core/model/wire-ids.js';
import type { Presenter } from '../../realtime/connection.js';
import { eventPacket } from '../../transport/socket-io/socket-io-connection.js';
import type { ServerEvents, WireContext, WireMessage } from './root.events.js';

export const ROOT_NAMESPACE = '/';

/** What `root` keeps with a message: the sender's context, and how it named the places in it. */
interface RootMetadata extends Readonly<Record<string, unknown>> {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly _place?: Partial<Pick<WireContext, 'roomId' | 'replyTo'>>;
}

export function toMetadata(given: Readonly<Record<string, unknown>>): RootMetadata | null {
  const { roomId, replyTo, ...context } = given as Partial<WireContext>;
  const _place = { ...(roomId && { roomId }), ...(replyTo && { replyTo }) };
  if (Object.keys(given).length === 0) return null;
  return { ...(Object.keys(context).length > 0 && { context }), _place };
}

const packet = <N extends keyof ServerEvents>(name: N, payload: ServerEvents[N]): string =>
  eventPacket(ROOT_NAMESPACE, name, payload);

export const wireMessage = (message: Message): WireMessage => ({
  id: String(message.id),
  message: message.content,
  timestamp: message.sentAt.toISOString(),
  userId: wireUserText(message.senderId),
  username: message.senderName,
  roomId: String(message.conversationId),
  context: contextOf(message),
  ...(message.attachments.length > 0 && { attachments: message.attachments }),
});

/** What other dialects send has no context of its own: where it belongs is told all the same. */
const contextOf = ({ conversationId, replyTo, metadata }: Message): WireContext => {
  const { context = {}, _place = {} } = (metadata ?? {}) as RootMetadata;
  return {
    ...context,
    roomId: _place.roomId ?? String(conversationId),
    ...(replyTo !== null && { replyTo: _place.replyTo ?? String(replyTo) }),
  };
};

/** Says what happened in the words of document 2, which are few. */
export const rootPresenter: Presenter = {
  roomEvent({ id }, event: RoomEvent): string | null {
    switch (event.type) {
      case 'message.created':
        return packet('message', wireMessage(event.message));
      case 'typing': {
        const { username, isTyping } = event;
        const userId = wireUserText(event.userId);
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
