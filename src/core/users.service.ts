import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from './bounded.js';
import { ChatError } from './core.errors.js';
import type { Identity, UserId } from './model/identity.js';
import type { User } from './model/user.js';
import { UserStore, type Sighting } from './ports/user-store.js';

/** The users this service has met. It keeps what their tokens said: identity belongs to those. */
@Injectable()
export class UsersService {
  /** What was saved last of each. */
  private readonly met = new LRUCache<UserId, string>(atMost(100_000));

  constructor(private readonly store: UserStore) {}

  /** Remembers a user who came with a token. Costs a write only where there is news in it. */
  async meet({ userId, username, roles }: Identity): Promise<void> {
    const said = [username, ...roles].join('\n');
    if (this.met.get(userId) === said) return;
    await this.store.save(userId, { username, roles });
    this.met.set(userId, said);
  }

  async get(userId: UserId): Promise<User> {
    const user = await this.store.find(userId);
    if (!user) throw new ChatError('USER_NOT_FOUND');
    return user;
  }

  async assertKnown(userIds: readonly UserId[]): Promise<void> {
    if (userIds.length > 0 && (await this.store.unknownAmong(userIds)).length > 0) {
      throw new ChatError('USER_NOT_FOUND');
    }
  }

  /** Makes a user known before its first connection, or renames it. */
  introduce(userId: UserId, username: string): Promise<User> {
    this.met.delete(userId);
    return this.store.save(userId, { username });
  }

  recordLastSeen(sightings: readonly Sighting[]): Promise<void> {
    return this.store.recordLastSeen(sightings);
  }
}
