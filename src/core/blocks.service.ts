import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import type { Identity, UserId } from './model/identity.js';
import { BlockStore, type Block } from './ports/block-store.js';
import { EventBus } from './ports/event-bus.js';
import { UsersService } from './users.service.js';

/**
 * Users who want to hear nothing of others: no direct messages pass between the two, and of what
 * the other does elsewhere the user is not notified. Nobody is told of being blocked.
 */
@Injectable()
export class BlocksService {
  constructor(
    private readonly store: BlockStore,
    private readonly users: UsersService,
    private readonly bus: EventBus,
  ) {}

  /**
   * Once this resolves, no direct message of the other is committed any more. Blocking again
   * changes nothing. VALIDATION_FAILED for oneself, USER_NOT_FOUND, CONFLICT for too many.
   */
  async block({ userId }: Identity, blockedId: UserId): Promise<void> {
    if (blockedId === userId) throw ChatError.invalid('userId', 'must be somebody else');
    await this.users.assertKnown([blockedId]);
    const outcome = await this.store.add(userId, blockedId, LIMITS.blocks);
    if (outcome === 'full') {
      throw new ChatError('CONFLICT', { text: `You may block ${LIMITS.blocks} users at most.` });
    }
    if (outcome === 'added') await this.bus.publish('user.blocked', { userId, blockedId });
  }

  /** Unblocking whom one has not blocked changes nothing. */
  async unblock({ userId }: Identity, blockedId: UserId): Promise<void> {
    const isRemoved = await this.store.remove(userId, blockedId);
    if (isRemoved) await this.bus.publish('user.unblocked', { userId, blockedId });
  }

  /** Whom the user has blocked, oldest first. */
  list({ userId }: Identity): Promise<readonly Block[]> {
    return this.store.blockedBy(userId);
  }
}
