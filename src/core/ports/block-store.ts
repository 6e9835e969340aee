import type { UserId } from '../model/identity.js';

/** `full`: the user has blocked as many as one may. */
export type BlockOutcome = 'added' | 'already' | 'full';

/** Whom users want to hear nothing of. */
export abstract class BlockStore {
  /**
   * Holds from then on: direct messages of the two are committed before, or find it. `max`: how
   * many one may block.
   */
  abstract add(userId: UserId, blockedId: UserId, max: number): Promise<BlockOutcome>;
  /** False where there was none. */
  abstract remove(userId: UserId, blockedId: UserId): Promise<boolean>;
  /** Oldest first. */
  abstract blockedBy(userId: UserId): Promise<readonly Block[]>;
  /** Those of the users who have blocked that one. */
  abstract blockersAmong(
    userIds: readonly UserId[],
    blockedId: UserId,
  ): Promise<ReadonlySet<UserId>>;
  /** Whether either has blocked the other. */
  abstract isBetween(a: UserId, b: UserId): Promise<boolean>;
}

export interface Block {
  readonly blockedId: UserId;
  readonly username: string;
  readonly createdAt: Date;
}
