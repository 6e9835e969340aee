import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import { GoneNodes } from '../core/gone-nodes.js';
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
const SUSPECT_FOR_MS = 3 * REVIEW_MS;
/** And in any case, whatever is not thought of here. */
const REVIEW_ANYHOW_MS = 5 * 60_000;

/**
 * Who came or went may be called out in vain: while this node is not current, has lost its line to
 * Redis, or another one ends that had not told it yet. After that it compares of whom it heard that
 * they are online with who is.
 */
@Injectable()
export class PresenceReview implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Presence');
  private readonly rounds = new Rounds(REVIEW_MS, () => this.goRound());
  private readonly gone: GoneNodes;
  private readonly heard = new Set<UserId>();
  /** Of whom something else was heard than is. News may be late: what differs twice is wrong. */
  private doubtful: ReadonlySet<UserId> = new Set();
  private suspectUntil = 0;
  private reviewedAt = 0;
  private hasBegun = false;

  constructor(
    private readonly store: PresenceStore,
    private readonly presence: PresenceService,
    private readonly nodes: Nodes,
    private readonly bus: EventBus,
    @Inject(REDIS) private readonly link: RedisLink | null,
  ) {
    this.gone = new GoneNodes(nodes);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.link) return;
    this.bus.subscribe('presence.changed', ({ change: { userId, isOnline } }) => {
      this.note(userId, isOnline);
    });
    const suspect = () => this.suspect();
    this.link.onChange(suspect);
    this.link.onInterruption(suspect);
    this.nodes.onRevival(suspect);
    this.suspect();
    await this.rounds.now();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.end();
  }

  private suspect(): void {
    this.suspectUntil = Date.now() + SUSPECT_FOR_MS;
  }

  private async goRound(): Promise<void> {
    if (this.gone.any()) this.suspect();
    const now = Date.now();
    const isDue = now < this.suspectUntil || now - this.reviewedAt >= REVIEW_ANYHOW_MS;
    if (!isDue || !this.nodes.isCurrent) return;
    try {
      this.reviewedAt = now;
      if (!(await this.review())) this.suspect();
    } catch (error) {
      this.suspect();
      this.logger.debug({ event: 'PRESENCE_NOT_REVIEWED', error });
    }
  }

  /** Resolves whether what was heard is what is. */
  private async review(): Promise<boolean> {
    const present = await this.store.everybody(SERVICE);
    const online = new Set([...present.keys()].filter((userId) => !isAnonymous(userId)));
    if (!this.hasBegun) for (const userId of online) this.heard.add(userId);
    this.hasBegun = true;
    const unheard = difference(online, this.heard);
    const differing = [...unheard, ...difference(this.heard, online)];
    const wrong = differing.filter((userId) => this.doubtful.has(userId));
    this.doubtful = new Set(differing.filter((userId) => !this.doubtful.has(userId)));
    await Promise.all(wrong.map((userId) => this.putRight(userId, online.has(userId))));
    return differing.length === 0;
  }

  private async putRight(userId: UserId, isOnline: boolean): Promise<void> {
    await this.presence.tellAnew(userId, isOnline).catch(unlessUnknown);
    this.note(userId, isOnline);
  }

  private note(userId: UserId, isOnline: boolean): void {
    if (isOnline) this.heard.add(userId);
    else this.heard.delete(userId);
  }
}

/** Of whom nobody can be told: that must not keep the others from it. */
function unlessUnknown(error: unknown): void {
  if (!(error instanceof ChatError && error.code === 'USER_NOT_FOUND')) throw error;
}

const difference = (these: ReadonlySet<UserId>, those: ReadonlySet<UserId>): UserId[] =>
  [...these].filter((userId) => !those.has(userId));
