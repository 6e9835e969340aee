import type { UserId } from '../model/identity.js';

/** Whom users want to hear nothing of. */
export abstract class BlockStore {
  /** False where it was so before. */
  abstract add(userId: UserId, blockedId: UserId): Promise<boolean>;
  abstract remove(userId: UserId, blockedId: UserId): Promise<boolean>;
  /** Oldest first. */
  abstract blockedBy(userId: UserId): Promise<readonly Block[]>;
  /** Whether either has blocked the other. */
  abstract isBetween(a: UserId, b: UserId): Promise<boolean>;
}

export interface Block {
  readonly blockedId: UserId;
  readonly username: string;
  readonly createdAt: Date;
}
