import { Injectable } from '@nestjs/common';
import type { Conversation } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import type { Message } from './model/message.js';
import type { Notification } from './model/notification.js';
import type { ModerationAct } from './model/sanction.js';
import { wireUserId } from './model/wire-ids.js';
import { BlockStore } from './ports/block-store.js';
import { EventBus } from './ports/event-bus.js';
import { excerpt } from './text.js';

const BODY_LENGTH = 140;

/** Tells users of what happens where they are not looking. Live only: nothing is stored. */
@Injectable()
export class NotificationsService {
  constructor(
    private readonly blocks: BlockStore,
    private readonly bus: EventBus,
  ) {}

  /** Not to those who have blocked the inviter. */
  async invite(
    conversation: Conversation,
    userIds: readonly UserId[],
    inviter: Identity,
  ): Promise<void> {
    const blockers = await this.blocks.blockersAmong(userIds, inviter.userId);
    await this.bus.publish('notification.raised', {
      userIds: userIds.filter((userId) => !blockers.has(userId)),
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

  /** To the user it happened to, where he hears of it in no other way. */
  moderated(act: ModerationAct): Promise<void> {
    const { action, conversationId, userId, moderatorId, reason, at, expiresAt } = act;
    const body = MODERATED[action];
    return this.bus.publish('notification.raised', {
      userIds: [userId],
      notification: {
        type: 'moderation',
        conversationId,
        title: 'Moderation',
        body: reason === null ? body : `${body} ${reason}`,
        data: {
          action,
          moderatorId: wireUserId(moderatorId),
          reason,
          expiresAt: expiresAt?.toISOString() ?? null,
        },
        createdAt: at,
      },
    });
  }
}

const MODERATED: Readonly<Record<ModerationAct['action'], string>> = {
  ban: 'You were banned.',
  mute: 'You were muted.',
  kick: 'You were put out.',
  unban: 'You are banned no more.',
  unmute: 'You are muted no more.',
};

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
