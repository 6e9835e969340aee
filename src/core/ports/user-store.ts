import type { User } from '../model/user.js';
import type { UserId } from '../model/identity.js';

export abstract class UserStore {
  abstract find(id: UserId): Promise<User | null>;
  /** Creates the user or updates its name. */
  abstract save(id: UserId, username: string): Promise<User>;
  abstract recordLastSeen(id: UserId, at: Date): Promise<void>;
  /** Those of the ids that belong to nobody. */
  abstract unknownAmong(ids: readonly UserId[]): Promise<readonly UserId[]>;
}
