import { Logger, type OnModuleDestroy } from '@nestjs/common';
import type { ConversationId } from '../core/model/conversation.js';
import { GoneNodes } from '../core/gone-nodes.js';
import { ConversationStore } from '../core/ports/conversation-store.js';
import { Nodes } from '../core/ports/nodes.js';
import { DeliveryService } from './delivery.service.js';
import { EVERYBODY, type RedisChannels } from './redis-channels.js';
import { Registry } from './registry.js';

/** How often it is looked while calls may be lost, and for how long after that. */
const LOOK_EVERY_MS = 1_000;
const SUSPECT_FOR_MS = 10_000;
/** And how often in any case. */
const LOOK_ANYHOW_EVERY_MS = 30_000;
const AT_ONCE = 2_000;

/**
 * Messages of which no call told this node: for each conversation that somebody here listens to,
 * the log is asked how far it is. Looked at whenever a call may have been missed: as a conversation
 * begins to be listened to, while Redis is away and a while after, when a node died that may have
 * called nothing out any more, after this node was cut off, and now and then.
 */
export class MissedHeads implements OnModuleDestroy {
  private readonly logger = new Logger('MissedHeads');
  private readonly doubtful = new Set<ConversationId>();
  private isLooking = false;
  private suspectUntil = 0;
  private lookedAt = Date.now();
  private readonly round: NodeJS.Timeout;
  private readonly gone: GoneNodes;

  constructor(
    private readonly registry: Registry,
    private readonly delivery: DeliveryService,
    private readonly conversations: ConversationStore,
    private readonly channels: RedisChannels,
    nodes: Nodes,
  ) {
    this.gone = new GoneNodes(nodes);
    registry.watchRooms({
      opened: (id) => channels.listen(id),
      closed: (id) => channels.ignore(id),
    });
    channels.onHearing((heard) => this.look(heard.filter((channel) => channel !== EVERYBODY)));
    nodes.onRevival(() => this.lookAtAll());
    this.round = setInterval(() => this.goRound(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.round);
    this.doubtful.clear();
  }

  private goRound(): void {
    const now = Date.now();
    if (!this.channels.isUp || this.gone.any()) this.suspectUntil = now + SUSPECT_FOR_MS;
    const isDue = now - this.lookedAt >= LOOK_ANYHOW_EVERY_MS;
    if (isDue || now < this.suspectUntil) this.lookAtAll();
  }

  private lookAtAll(): void {
    this.lookedAt = Date.now();
    this.look(this.registry.roomIds());
  }

  private look(ids: Iterable<ConversationId>): void {
    for (const id of ids) this.doubtful.add(id);
    if (this.isLooking || this.doubtful.size === 0) return;
    this.isLooking = true;
    void this.work();
  }

  private async work(): Promise<void> {
    while (this.doubtful.size > 0) {
      const ids = [...this.doubtful].slice(0, AT_ONCE);
      for (const id of ids) this.doubtful.delete(id);
      try {
        for (const [id, head] of await this.conversations.heads(ids)) {
          this.delivery.reached(id, head);
        }
      } catch (error) {
        this.logger.debug({ event: 'HEADS_NOT_READ', error });
        this.suspectUntil = Date.now() + SUSPECT_FOR_MS;
        break;
      }
    }
    this.isLooking = false;
  }
}
