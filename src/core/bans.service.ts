import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from './bounded.js';
import { isAnonymous, type UserId } from './model/identity.js';
import type { Sanction } from './model/sanction.js';
import { holds, sanctioned } from './permissions.service.js';
import { EventBus } from './ports/event-bus.js';
import { SanctionStore } from './ports/sanction-store.js';

/** Who is sanctioned in the service as a whole: every door asks, and memory answers. */
@Injectable()
export class BansService {
  private readonly known = new LRUCache<UserId, Promise<Sanction | null>>({
    ...atMost(100_000),
    ttl: 60_000,
  });

  constructor(
    private readonly store: SanctionStore,
    bus: EventBus,
  ) {
    const forget = ({ sanction: { conversationId, userId } }: { sanction: Sanction }): void => {
      if (conversationId === null) this.known.delete(userId);
    };
    bus.subscribe('sanction.applied', forget);
    bus.subscribe('sanction.lifted', forget);
  }

  /** BANNED, with the time that is left. */
  async assertMayComeIn(userId: UserId): Promise<void> {
    if (isAnonymous(userId)) return;
    const sanction = await this.findFor(userId);
    if (sanction?.kind === 'ban' && holds(sanction)) throw sanctioned(sanction);
  }

  /**
   * Whether what the user does is for himself alone, wherever it is. BANNED and MUTED for whom
   * that holds everywhere: conversations are made for others to hear of them.
   */
  async assertMayMake(userId: UserId): Promise<{ isShadowed: boolean }> {
    const sanction = await this.findFor(userId);
    if (!sanction || !holds(sanction)) return { isShadowed: false };
    if (sanction.kind !== 'shadow') throw sanctioned(sanction);
    return { isShadowed: true };
  }

  /** The promise is kept, not its value: what is invalidated while it is read is not kept. */
  private findFor(userId: UserId): Promise<Sanction | null> {
    const known = this.known.get(userId);
    if (known) return known;
    const found = this.store.findEverywhere(userId);
    this.known.set(userId, found);
    found.catch(() => {
      if (this.known.peek(userId) === found) this.known.delete(userId);
    });
    return found;
  }
}
