import { Injectable, Logger } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import { SERVICE, type Change } from '../core/model/presence.js';
import { Nodes, type NodeId } from '../core/ports/nodes.js';
import { PresenceStore, type LeftBehind } from '../core/ports/presence-store.js';
import { PresenceService } from '../presence/presence.service.js';
import { ComingsService } from './comings.service.js';

/** Users at once: they share their queries. */
const BATCH = 200;

/** Of those who were on a node that died, it is told what would have been had they hung up. */
@Injectable()
export class LeftBehindService {
  private readonly logger = new Logger('LeftBehind');

  constructor(
    private readonly store: PresenceStore,
    private readonly presence: PresenceService,
    private readonly comings: ComingsService,
    nodes: Nodes,
  ) {
    nodes.onDeath((nodeId) => this.clear(nodeId));
    store.onAbandoned((nodeId) => this.clear(nodeId));
  }

  /** Rejects where Redis or the database is away: done again, it goes on where it was. */
  private async clear(nodeId: NodeId): Promise<void> {
    const users = await this.store.leftBy(nodeId);
    for (let start = 0; start < users.length; start += BATCH) {
      const batch = users.slice(start, start + BATCH);
      await Promise.all(batch.map((user) => this.end(nodeId, user)));
    }
    await this.store.forget(nodeId);
    this.logger.log({ event: 'NODE_CLEARED', nodeId, users: users.length });
  }

  /** The service last: as long as he is said to be there, it is known what he is called. */
  private async end(nodeId: NodeId, { userId, username, stays }: LeftBehind): Promise<void> {
    const changes = new Map<ConversationId, Change>();
    const takeOut = async (id: ConversationId) => {
      changes.set(id, await this.store.takeOut(nodeId, id, userId));
    };
    const person = { userId, username };
    const outcome = this.presence.outlived(person, async () => {
      const takenOut = await Promise.allSettled([...stays.keys()].map(takeOut));
      for (const place of takenOut) if (place.status === 'rejected') throw place.reason;
      return this.store.takeOut(nodeId, SERVICE, userId);
    });
    // What is taken out is told, whatever failed: it is not found again.
    const told = await outcome.catch(() => new Set<ConversationId>());
    for (const [place, change] of changes) {
      await this.comings.outlived({ place, ...person }, change, told.has(place));
    }
    await outcome;
  }
}
