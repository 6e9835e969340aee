import type { RoomEvent } from '../../core/core.events.js';
import type { Identity } from '../../core/model/identity.js';
import type { Message } from '../../core/model/message.js';
import type { ModerationAct } from '../../core/model/sanction.js';
import { wireUserId } from '../../core/model/wire-ids.js';
import type { Presenter } from '../../realtime/connection.js';
import type { JoinedConversation } from '../../session/joining.service.js';
import type { ServerFrames } from './live.events.js';

const MINUTE_MS = 60_000;

export const frame = <T extends keyof ServerFrames>(type: T, data: ServerFrames[T]): string =>
  JSON.stringify({ type, data });

const userOf = ({ username, userId }: Pick<Identity, 'username' | 'userId'>) => ({
  username,
  user_id: wireUserId(userId),
});

export function chatMessage(message: Message): string {
  const { type, attachments, replyTo, clientMessageId } = message;
  return frame('chat_message', {
    id: message.id,
    message: message.content,
    ...userOf({ username: message.senderName, userId: message.senderId }),
    timestamp: message.sentAt.toISOString(),
    room_id: message.conversationId,
    ...(type !== 'text' && { message_type: type }),
    ...(attachments.length > 0 && { attachments }),
    ...(replyTo !== null && { reply_to: replyTo }),
    ...(clientMessageId !== null && { client_message_id: clientMessageId }),
  });
}

/** What a newcomer is told: where it is, and what it has missed where it asked for that. */
export function welcome(
  { summary, connectionCount, missed, hasMore }: JoinedConversation,
  asksForMissed: boolean,
): readonly string[] {
  const joined = frame('room_joined', {
    room_id: summary.conversation.id,
    connection_count: connectionCount,
    ...(asksForMissed && { missed_count: missed.length, has_more: hasMore }),
  });
  return [joined, ...missed.map(chatMessage)];
}

function moderationAction({ action, userId, moderatorId, at, expiresAt }: ModerationAct): string {
  const duration = expiresAt ? expiresAt.getTime() - at.getTime() : 0;
  return frame('moderation_action', {
    action,
    target_user_id: wireUserId(userId),
    moderator_user_id: wireUserId(moderatorId),
    duration_minutes: Math.round(duration / MINUTE_MS),
    timestamp: at.toISOString(),
  });
}

/** Says what happened in the words of document 5. */
export const livePresenter: Presenter = {
  roomEvent(_, event: RoomEvent): string | null {
    const timestamp = new Date().toISOString();
    switch (event.type) {
      case 'message.created':
        return chatMessage(event.message);
      case 'typing':
        return frame(event.isTyping ? 'typing_start' : 'typing_stop', {
          ...userOf(event),
          timestamp,
        });
      case 'user.entered':
        return frame('user_joined', { ...userOf(event), timestamp });
      case 'user.left':
        return frame('user_left', userOf(event));
      case 'moderation':
        return moderationAction(event.act);
      default:
        return null;
    }
  },

  /** Told per room: see `user.entered`. */
  presence: () => null,
  notification: () => null,
};
