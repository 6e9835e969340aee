import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LIMITS } from './core.limits.js';
import type { ConversationId } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import type { Sanction } from './model/sanction.js';
import { PermissionsService } from './permissions.service.js';
import { EventBus } from './ports/event-bus.js';
import { SendLimiter } from './ports/send-limiter.js';

/** Repeated signs of typing are told on at most this often: watchers may have just arrived. */
const REPEAT_MS = 2_000;

/** The name by which the limiter counts changes. */
const TYPING = 'typing';

interface Typist {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly username: string;
  connectionId: string;
  announcedAt: number;
  readonly timer: NodeJS.Timeout;
}

/** Who is typing where. Ends by itself, so that a lost `false` leaves no ghost. */
@Injectable()
export class TypingService implements OnModuleDestroy {
  private readonly typists = new Map<string, Typist>();

  constructor(
    private readonly permissions: PermissionsService,
    private readonly limiter: SendLimiter,
    private readonly bus: EventBus,
  ) {
    bus.subscribe('participant.removed', ({ participant: { conversationId, userId } }) =>
      this.end(conversationId, userId),
    );
    const stop = ({ conversationId, userId }: Pick<Sanction, 'conversationId' | 'userId'>) =>
      conversationId === null ? this.endOf(userId) : this.end(conversationId, userId);
    bus.subscribe('sanction.applied', ({ sanction }) => stop(sanction));
    bus.subscribe('user.kicked', ({ act }) => stop(act));
  }

  async change(
    identity: Identity,
    connectionId: string,
    conversationId: ConversationId,
    isTyping: boolean,
  ): Promise<void> {
    await this.permissions.assertMayWrite(identity, conversationId);
    const isChange = isTyping !== this.typists.has(keyOf(conversationId, identity.userId));
    // Repeats are told on seldom anyway; each change is told to everyone.
    if (isChange) await this.limiter.take(TYPING, identity.userId);
    if (await this.permissions.isShadowed(identity, conversationId)) return;
    if (isTyping) this.start(identity, connectionId, conversationId);
    else this.end(conversationId, identity.userId);
  }

  /** Sending, leaving and being removed end typing. */
  end(conversationId: ConversationId, userId: UserId): void {
    const typist = this.typists.get(keyOf(conversationId, userId));
    if (typist) this.stop(typist);
  }

  /** Wherever it is. */
  private endOf(userId: UserId): void {
    for (const typist of this.typists.values()) if (typist.userId === userId) this.stop(typist);
  }

  /** A connection that is gone types nowhere. */
  endAll(connectionId: string): void {
    for (const typist of this.typists.values()) {
      if (typist.connectionId === connectionId) this.stop(typist);
    }
  }

  onModuleDestroy(): void {
    for (const { timer } of this.typists.values()) clearTimeout(timer);
    this.typists.clear();
  }

  private start(identity: Identity, connectionId: string, conversationId: ConversationId): void {
    const { userId, username } = identity;
    const key = keyOf(conversationId, userId);
    const known = this.typists.get(key);
    if (known) {
      known.connectionId = connectionId;
      known.timer.refresh();
      if (Date.now() - known.announcedAt >= REPEAT_MS) this.announce(known, true);
      return;
    }
    const timer = setTimeout(() => this.end(conversationId, userId), LIMITS.typingMs);
    const typist = { conversationId, userId, username, connectionId, announcedAt: 0, timer };
    this.typists.set(key, typist);
    this.announce(typist, true);
  }

  private stop(typist: Typist): void {
    clearTimeout(typist.timer);
    this.typists.delete(keyOf(typist.conversationId, typist.userId));
    this.announce(typist, false);
  }

  private announce(typist: Typist, isTyping: boolean): void {
    const { conversationId, userId, username } = typist;
    typist.announcedAt = Date.now();
    void this.bus.publish('room.event', {
      conversationId,
      event: { type: 'typing', userId, username, isTyping },
      exceptUserId: userId,
    });
  }
}

const keyOf = (conversationId: ConversationId, userId: UserId): string =>
  `${conversationId}:${userId}`;
