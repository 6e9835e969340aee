import { Injectable, Logger } from '@nestjs/common';
import type { UserId } from '../core/model/identity.js';
import { BlockStore } from '../core/ports/block-store.js';
import { EventBus } from '../core/ports/event-bus.js';

interface BlockList {
  blocked: ReadonlySet<UserId>;
  /** Of the newest reading: what an earlier one brings is out of date. */
  version: number;
  reading: Promise<void>;
}

/** Whom the users connected to this node have blocked: every notification asks, memory answers. */
@Injectable()
export class BlockLists {
  private readonly logger = new Logger('BlockLists');
  private readonly lists = new Map<UserId, BlockList>();

  constructor(
    private readonly store: BlockStore,
    bus: EventBus,
  ) {
    bus.subscribe('user.blocked', ({ userId, blockedId }) =>
      this.change(userId, (blocked) => blocked.add(blockedId)),
    );
    bus.subscribe('user.unblocked', ({ userId, blockedId }) =>
      this.change(userId, (blocked) => blocked.delete(blockedId)),
    );
  }

  /** Resolves once it is known whom the user has blocked; it is kept until `forget`. */
  async load(userId: UserId): Promise<void> {
    const list = this.lists.get(userId) ?? this.begin(userId);
    try {
      await list.reading;
    } catch (error) {
      if (this.lists.get(userId) === list) this.lists.delete(userId);
      throw error;
    }
  }

  /** The user's last connection is gone. */
  forget(userId: UserId): void {
    this.lists.delete(userId);
  }

  hasBlocked(userId: UserId, otherId: UserId): boolean {
    return this.lists.get(userId)?.blocked.has(otherId) ?? false;
  }

  private begin(userId: UserId): BlockList {
    const list: BlockList = { blocked: new Set(), version: 0, reading: Promise.resolve() };
    list.reading = this.read(userId, list);
    this.lists.set(userId, list);
    return list;
  }

  /** Holds at once; and is read again, as two changes may be heard of in the wrong order. */
  private change(userId: UserId, apply: (blocked: Set<UserId>) => unknown): void {
    const list = this.lists.get(userId);
    if (!list) return;
    const blocked = new Set(list.blocked);
    apply(blocked);
    list.blocked = blocked;
    list.reading = this.read(userId, list).catch((error: unknown) => {
      this.logger.warn({ event: 'BLOCKS_NOT_READ', userId, error });
    });
  }

  private async read(userId: UserId, list: BlockList): Promise<void> {
    const version = ++list.version;
    const blocks = await this.store.blockedBy(userId);
    if (list.version !== version) return list.reading;
    list.blocked = new Set(blocks.map(({ blockedId }) => blockedId));
  }
}
