import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConversationId } from './model/conversation.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';

/** The few conversations in which one sends only so often: known without asking anybody. */
@Injectable()
export class SlowModes implements OnModuleInit {
  private readonly seconds = new Map<ConversationId, number>();

  constructor(
    private readonly store: ConversationStore,
    bus: EventBus,
  ) {
    bus.subscribe('room.event', ({ event }, origin) => {
      if (event.type !== 'conversation.updated') return undefined;
      // Changed on two nodes at once, each hears of the other's later: the database decides.
      if (origin === 'elsewhere') return this.read(event.conversation.id);
      this.note(event.conversation);
      return undefined;
    });
    bus.subscribe('conversation.deleted', ({ conversationId }) =>
      this.seconds.delete(conversationId),
    );
  }

  async onModuleInit(): Promise<void> {
    for (const slow of await this.store.slowOnes()) this.note(slow);
  }

  /** Seconds between two messages of a user there; 0 where it may send at will. */
  secondsIn(conversationId: ConversationId): number {
    return this.seconds.get(conversationId) ?? 0;
  }

  private async read(id: ConversationId): Promise<void> {
    const conversation = await this.store.find(id);
    if (conversation) this.note(conversation);
  }

  private note({ id, slowModeSeconds }: { id: ConversationId; slowModeSeconds: number }): void {
    if (slowModeSeconds > 0) this.seconds.set(id, slowModeSeconds);
    else this.seconds.delete(id);
  }
}
