import { Injectable } from '@nestjs/common';
import type { Identity } from './model/identity.js';
import type { MessageId } from './model/message.js';
import { PermissionsService } from './permissions.service.js';
import { EventBus } from './ports/event-bus.js';
import { ReceiptStore } from './ports/receipt-store.js';

/** Read pointers: reading a message reads everything before it. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly store: ReceiptStore,
    private readonly permissions: PermissionsService,
    private readonly bus: EventBus,
  ) {}

  /** Returns how many messages of the conversation are still unread. */
  async markRead(identity: Identity, messageId: MessageId): Promise<number> {
    const { conversationId, seq } = await this.permissions.locateReadable(identity, messageId);
    await this.permissions.assertWelcome(identity, conversationId);
    const { userId } = identity;
    const pointer = { conversationId, userId, messageId, seq };
    const { isAdvanced, readAt, unreadCount } = await this.store.advance(pointer);
    if (isAdvanced) {
      await this.bus.publish('room.event', {
        conversationId,
        event: { type: 'receipt', messageId, userId, readAt },
      });
    }
    return unreadCount;
  }
}
