import { Injectable } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import { EventBus } from '../core/ports/event-bus.js';
import type { Connection } from '../realtime/connection.js';
import { Registry } from '../realtime/registry.js';
import type { Subscription } from '../realtime/subscription.js';

/** Tells who reads a conversation that a user came there with his first socket, or left with the last. */
@Injectable()
export class ComingsService {
  constructor(
    private readonly registry: Registry,
    private readonly bus: EventBus,
  ) {}

  /** Once the answer to the join is sent. */
  came({ identity }: Connection, subscription: Subscription, conversationId: ConversationId): void {
    const { userId, username } = identity;
    const hasLookedIn = this.registry.isLookingIn(conversationId, userId);
    const hasEntered = this.registry.isVisiting(conversationId, userId);
    subscription.enter();
    if (!hasLookedIn) void this.publish(conversationId, 'user.connected', { userId, username });
    if (!hasEntered) void this.publish(conversationId, 'user.entered', { userId, username });
  }

  /** As soon as the socket is out of the registry. */
  left({ identity }: Connection, subscription: Subscription, conversationId: ConversationId): void {
    const { userId, username } = identity;
    if (!subscription.hasEntered || this.registry.isVisiting(conversationId, userId)) return;
    void this.publish(conversationId, 'user.left', { userId, username });
  }

  /** The user is online still, but no socket of his may be left where this one was. */
  async lookedAway(
    { identity: { userId, username }, dialect }: Connection,
    subscription: Subscription,
    conversationId: ConversationId,
  ): Promise<void> {
    const room = this.registry.room(conversationId);
    if (!room?.type || dialect.joinsByItself(room.type) || !subscription.hasLookedIn) return;
    if (this.registry.isLookingIn(conversationId, userId)) return;
    await this.publish(conversationId, 'user.disconnected', { userId, username });
  }

  private publish(
    conversationId: ConversationId,
    type: 'user.connected' | 'user.disconnected' | 'user.entered' | 'user.left',
    user: { userId: string; username: string },
  ): Promise<void> {
    return this.bus.publish('room.event', { conversationId, event: { type, ...user } });
  }
}
