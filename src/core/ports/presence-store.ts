import type { UserId } from '../model/identity.js';

/** Which users have a connection, over all dialects and nodes. */
export abstract class PresenceStore {
  /** Returns whether this is the user's first connection. */
  abstract add(userId: UserId, connectionId: string): Promise<boolean>;
  abstract isOnline(userId: UserId): Promise<boolean>;
  /** Returns whether it was the user's last. */
  abstract remove(userId: UserId, connectionId: string): Promise<boolean>;
}
