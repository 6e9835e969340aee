import { Injectable } from '@nestjs/common';
import type { Conversation } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import type { Message } from './model/message.js';
import type { Notification } from './model/notification.js';
import { wireUserId } from './model/wire-ids.js';
import { EventBus } from './ports/event-bus.js';
import { excerpt } from './text.js';

const BODY_LENGTH = 140;

/** Tells users of what happens where they are not looking. Live only: nothing is stored. */
@Injectable()
export class NotificationsService {
  constructor(private readonly bus: EventBus) {}

  invite(conversation: Conversation, userIds: readonly UserId[], inviter: Identity): Promise<void> {
    return this.bus.publish('notification.raised', {
      userIds,
      notification: {
        type: 'invitation',
        conversationId: conversation.id,
        title: conversation.title ?? inviter.username,
        body: `${inviter.username} added you to a conversation.`,
        data: { invitedBy: wireUserId(inviter.userId), conversationType: conversation.type },
        createdAt: new Date(),
      },
    });
  }
}

/** What a participant who is not looking hears of a message. */
export function messageNotification(message: Message, type: 'message' | 'mention'): Notification {
  return {
    type,
    conversationId: message.conversationId,
    title: message.senderName,
    body: excerpt(message.content, BODY_LENGTH),
    data: { messageId: message.id, seq: message.seq, senderId: wireUserId(message.senderId) },
    createdAt: message.sentAt,
  };
}
