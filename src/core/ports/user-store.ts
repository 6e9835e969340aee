import type { User } from '../model/user.js';
import type { Role, UserId } from '../model/identity.js';

export interface UserFacts {
  readonly username: string;
  /** As a token says; left as they are where none does. */
  readonly roles?: ReadonlySet<Role>;
}

/** Until when a user was there. */
export interface Sighting {
  readonly userId: UserId;
  readonly at: Date;
}

export abstract class UserStore {
  abstract find(id: UserId): Promise<User | null>;
  /** Creates the user or updates what is known of it. */
  abstract save(id: UserId, facts: UserFacts): Promise<User>;
  /** Of nobody an earlier time than is known already. */
  abstract recordLastSeen(sightings: readonly Sighting[]): Promise<void>;
  /** Those of the ids that belong to nobody. */
  abstract unknownAmong(ids: readonly UserId[]): Promise<readonly UserId[]>;
}
