import type { Role, UserId } from './identity.js';

export interface User {
  readonly id: UserId;
  readonly username: string;
  /** As the token said that it came with last. */
  readonly roles: readonly Role[];
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
}
