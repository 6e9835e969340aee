import { Inject, Injectable } from '@nestjs/common';
import { ContentJudge } from './content-judge.service.js';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { MentionsService, submissionOf } from './mentions.service.js';
import { MAX_MESSAGE_LENGTH } from './messages.service.js';
import type { Identity } from './model/identity.js';
import type { Message, MessageId } from './model/message.js';
import { PermissionsService } from './permissions.service.js';
import { EventBus } from './ports/event-bus.js';
import { MessageStore, type EditedMessage } from './ports/message-store.js';
import { asDeleted } from './shadows.js';
import { checkText } from './text.js';

/** What becomes of messages after they were sent: their authors edit and delete them, moderators delete. */
@Injectable()
export class MessageChangesService {
  constructor(
    private readonly store: MessageStore,
    private readonly permissions: PermissionsService,
    private readonly judge: ContentJudge,
    private readonly mentions: MentionsService,
    private readonly bus: EventBus,
    @Inject(MAX_MESSAGE_LENGTH) private readonly maxLength: number,
  ) {}

  /** MESSAGE_NOT_FOUND, PERMISSION_DENIED, CONTENT_REJECTED. `dialect`: for the log. */
  async edit(
    identity: Identity,
    messageId: MessageId,
    content: string,
    dialect: string,
  ): Promise<Message> {
    checkText(content, this.maxLength);
    const location = await this.permissions.locateVisible(identity, messageId);
    if (location.senderId !== identity.userId) throw new ChatError('PERMISSION_DENIED');
    await this.permissions.assertMayWrite(identity, location.conversationId);
    const current = await this.store.find(messageId);
    if (!current || current.deletedAt) throw new ChatError('MESSAGE_NOT_FOUND');
    if (Date.now() - current.sentAt.getTime() > LIMITS.editWindowMs) {
      throw new ChatError('PERMISSION_DENIED', {
        text: 'A message can be edited for 24 hours.',
      });
    }
    const { conversationId: conversation } = location;
    const sending = { identity, dialect, conversation };
    const refusal = this.judge.refusalOf(sending, submissionOf({ content }, []));
    if (refusal) throw refusal;
    const mentions = await this.mentions.resolve(conversation, { content });
    const isShadowed =
      location.isShadowed || (await this.permissions.isShadowed(identity, conversation));
    const edited = await this.store.edit(location, { content, mentions, isShadowed });
    if (!edited) throw new ChatError('MESSAGE_NOT_FOUND');
    await this.announceEdit(edited, location.isShadowed);
    return edited.message;
  }

  /** What a shadow banned user changes is gone for the others, as what he says is not there. */
  private async announceEdit(
    { message, revision }: EditedMessage,
    wasShadowed: boolean,
  ): Promise<void> {
    const { conversationId, senderId, isShadowed } = message;
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'message.updated', message, revision },
      ...(isShadowed && { onlyUserId: senderId }),
    });
    if (!isShadowed || wasShadowed) return;
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'message.deleted', message: asDeleted(message), deletedBy: senderId },
      exceptUserId: senderId,
    });
  }

  /** Deleting twice is MESSAGE_NOT_FOUND the second time. */
  async delete(identity: Identity, messageId: MessageId): Promise<Message> {
    const location = await this.permissions.locateVisible(identity, messageId);
    const { conversationId, senderId, isShadowed } = location;
    const { userId } = identity;
    const isOwn = senderId === userId;
    const mayDelete = isOwn || (await this.permissions.mayModerate(identity, conversationId));
    if (!mayDelete) throw new ChatError('PERMISSION_DENIED');
    const act = { actorId: userId, action: 'message.deleted', userId: senderId } as const;
    const entry = isOwn ? null : { ...act, conversationId, messageId };
    const message = await this.store.delete(location, userId, entry);
    if (!message) throw new ChatError('MESSAGE_NOT_FOUND');
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'message.deleted', message, deletedBy: userId },
      ...(isShadowed && { onlyUserId: senderId }),
    });
    return message;
  }
}
