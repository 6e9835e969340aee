import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import { isAnonymous, type UserId } from '../core/model/identity.js';
import { SERVICE } from '../core/model/presence.js';
import { EventBus } from '../core/ports/event-bus.js';
import { Nodes } from '../core/ports/nodes.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { Rounds } from '../core/rounds.js';
import type { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../redis/redis.module.js';
import { PresenceService } from './presence.service.js';

const REVIEW_MS = 10_000;
/** News may be late: what differs twice is wrong. */
const SUSPECT_FOR_MS = 3 * REVIEW_MS;

/**
 * Who came or went may be called out in vain: while this node is not current, or has lost its line
 * to Redis. After that it compares of whom it heard that they are online with who is.
 */
@Injectable()
export class PresenceReview implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Presence');
  private readonly rounds = new Rounds(REVIEW_MS, () => this.review());
  private readonly heard = new Set<UserId>();
  /** Of whom something else was heard than is: news may be under way still. */
  private doubtful: ReadonlySet<UserId> = new Set();
  private suspectUntil = Date.now() + SUSPECT_FOR_MS;
  private hasBegun = false;

  constructor(
    private readonly store: PresenceStore,
    private readonly presence: PresenceService,
    private readonly nodes: Nodes,
    private readonly bus: EventBus,
    @Inject(REDIS) private readonly link: RedisLink | null,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.link) return;
    this.bus.subscribe('presence.changed', ({ change: { userId, isOnline } }) => {
      if (isOnline) this.heard.add(userId);
      else this.heard.delete(userId);
    });
    const suspect = () => {
      this.suspectUntil = Date.now() + SUSPECT_FOR_MS;
    };
    this.link.onChange(suspect);
    this.link.onInterruption(suspect);
    this.nodes.onRevival(suspect);
    await this.rounds.now();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.end();
  }

  private async review(): Promise<void> {
    if (!this.nodes.isCurrent || Date.now() > this.suspectUntil) return;
    try {
      const present = await this.store.everybody(SERVICE);
      const online = new Set([...present.keys()].filter((userId) => !isAnonymous(userId)));
      if (!this.hasBegun) for (const userId of online) this.heard.add(userId);
      this.hasBegun = true;
      const unheard = difference(online, this.heard);
      const differing = new Set([...unheard, ...difference(this.heard, online)]);
      const wrong = [...differing].filter((userId) => this.doubtful.has(userId));
      this.doubtful = differing;
      for (const userId of wrong) {
        await this.presence.tellAnew(userId, online.has(userId)).catch(unlessUnknown);
        if (online.has(userId)) this.heard.add(userId);
        else this.heard.delete(userId);
      }
    } catch (error) {
      this.logger.debug({ event: 'PRESENCE_NOT_REVIEWED', error });
    }
  }
}

/** Of whom nobody can be told: that must not keep the others from it. */
function unlessUnknown(error: unknown): void {
  if (!(error instanceof ChatError && error.code === 'USER_NOT_FOUND')) throw error;
}

const difference = (these: ReadonlySet<UserId>, those: ReadonlySet<UserId>): UserId[] =>
  [...these].filter((userId) => !those.has(userId));
