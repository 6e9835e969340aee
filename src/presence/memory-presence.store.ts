import { Injectable } from '@nestjs/common';
import type { UserId } from '../core/model/identity.js';
import { PresenceStore } from '../core/ports/presence-store.js';

/** One node's connections. */
@Injectable()
export class MemoryPresenceStore extends PresenceStore {
  private readonly connections = new Map<UserId, Set<string>>();

  add(userId: UserId, connectionId: string): Promise<boolean> {
    const known = this.connections.get(userId);
    if (known) known.add(connectionId);
    else this.connections.set(userId, new Set([connectionId]));
    return Promise.resolve(known === undefined);
  }

  isOnline(userId: UserId): Promise<boolean> {
    return Promise.resolve(this.connections.has(userId));
  }

  remove(userId: UserId, connectionId: string): Promise<boolean> {
    const known = this.connections.get(userId);
    const isRemoved = known?.delete(connectionId) ?? false;
    const isLast = isRemoved && known?.size === 0;
    if (isLast) this.connections.delete(userId);
    return Promise.resolve(isLast);
  }
}
