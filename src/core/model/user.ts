import type { UserId } from './identity.js';

export interface User {
  readonly id: UserId;
  readonly username: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
}
