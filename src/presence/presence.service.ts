import { Injectable, Logger } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity, type UserId } from '../core/model/identity.js';
import { EventBus } from '../core/ports/event-bus.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { UsersService } from '../core/users.service.js';

/** Who is online: first socket in, last socket out, over all dialects. */
@Injectable()
export class PresenceService {
  private readonly logger = new Logger('Presence');
  /** Since when users have had no socket, where nobody was told yet. */
  private readonly leaving = new Map<UserId, Date>();

  constructor(
    private readonly store: PresenceStore,
    private readonly participants: ParticipantStore,
    private readonly users: UsersService,
    private readonly bus: EventBus,
  ) {}

  async connected(
    { userId, username }: Identity,
    connectionId: string,
    conversationIds: readonly ConversationId[],
  ): Promise<void> {
    if (!(await this.store.add(userId, connectionId))) return;
    // Back before anybody heard that he had gone, as on a page's reload: so nobody hears of it.
    if (this.leaving.delete(userId)) return;
    const change = { userId, username, isOnline: true, lastSeen: null };
    await this.bus.publish('presence.changed', { change, conversationIds });
  }

  /** Returns whether the user is gone. Never throws: nobody is left to tell. */
  async disconnected({ userId, username }: Identity, connectionId: string): Promise<boolean> {
    try {
      if (!(await this.store.remove(userId, connectionId))) return false;
      const lastSeen = new Date();
      if (isAnonymous(userId)) return true;
      this.leaving.set(userId, lastSeen);
      const conversations = await this.participants.conversationsOf(userId);
      const conversationIds = conversations.map(({ id }) => id);
      // Back, here or on another node: told now, this would overtake the new `online`.
      const isBack = await this.store.isOnline(userId);
      const isUntold = this.leaving.get(userId) === lastSeen;
      if (isUntold) this.leaving.delete(userId);
      if (isBack || !isUntold) return true;
      const change = { userId, username, isOnline: false, lastSeen };
      await this.bus.publish('presence.changed', { change, conversationIds });
      await this.users.recordLastSeen(userId, lastSeen);
      return true;
    } catch (error) {
      this.logger.warn({ event: 'PRESENCE_NOT_ENDED', error });
      return true;
    }
  }
}
