import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ChatError } from './core.errors.js';
import type { Identity, UserId } from './model/identity.js';
import type { User } from './model/user.js';
import { UserStore } from './ports/user-store.js';

/** The users this service has met. It keeps names, nothing else: identity belongs to the token. */
@Injectable()
export class UsersService {
  private readonly met = new LRUCache<UserId, string>({ max: 100_000 });

  constructor(private readonly store: UserStore) {}

  /** Remembers a user who came with a token. Costs a write only when the name is news. */
  async meet(identity: Identity): Promise<void> {
    if (this.met.get(identity.userId) === identity.username) return;
    await this.store.save(identity.userId, identity.username);
    this.met.set(identity.userId, identity.username);
  }

  async get(userId: UserId): Promise<User> {
    const user = await this.store.find(userId);
    if (!user) throw new ChatError('USER_NOT_FOUND');
    return user;
  }

  /** Makes a user known before its first connection, or renames it. */
  introduce(userId: UserId, username: string): Promise<User> {
    this.met.delete(userId);
    return this.store.save(userId, username);
  }

  recordLastSeen(userId: UserId, at: Date): Promise<void> {
    return this.store.recordLastSeen(userId, at);
  }
}
