import { Injectable, Logger } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity, type UserId } from '../core/model/identity.js';
import { AWAY, hasCome, hasGone, SERVICE, type Change, type Spot } from '../core/model/presence.js';
import { EventBus } from '../core/ports/event-bus.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { UsersService } from '../core/users.service.js';

type Person = Pick<Identity, 'userId' | 'username'>;
type PresenceChanged = CoreEvents['presence.changed'];

/** Who is online: first socket in, last socket out, over all dialects and nodes. */
@Injectable()
export class PresenceService {
  private readonly logger = new Logger('Presence');
  /** Since when users have had no socket, where nobody was told yet. */
  private readonly leaving = new Map<UserId, Date>();

  constructor(
    private readonly store: PresenceStore,
    private readonly participants: ParticipantStore,
    private readonly users: UsersService,
    private readonly bus: EventBus,
  ) {
    // Not before the others have applied what is contradicted.
    bus.subscribe('presence.changed', (event, origin) => {
      if (origin === 'elsewhere' && !event.change.isOnline) {
        queueMicrotask(() => this.contradict(event));
      }
    });
    store.onCorrected((spot, change) => this.correct(spot, change));
  }

  /**
   * The user has so many connections on this node now. Returns false, and nothing happens, where that is
   * more than `most` over all nodes.
   */
  async connected(
    person: Person,
    connections: number,
    conversationIds: readonly ConversationId[],
    most?: number,
  ): Promise<boolean> {
    const limit = most === undefined ? {} : { connections: most };
    const change = await this.store.put(spotOf(person), { ...AWAY, connections }, limit);
    if (change.isRefused) return false;
    if (!hasCome(change)) return true;
    // Back before anybody heard that he had gone, as on a page's reload: so nobody hears of it.
    if (this.leaving.delete(person.userId)) return true;
    await this.tell(person, null, conversationIds);
    return true;
  }

  /**
   * The user has but so many connections on this node now. Returns whether he is gone. Never throws:
   * nobody is left to tell.
   */
  async disconnected(person: Person, connections: number): Promise<boolean> {
    const { userId } = person;
    try {
      const change = await this.store.put(spotOf(person), { ...AWAY, connections });
      if (!hasGone(change)) return false;
      const lastSeen = new Date();
      if (isAnonymous(userId)) return true;
      this.leaving.set(userId, lastSeen);
      const conversationIds = await this.conversationsOf(userId);
      // Back, here or on another node: told now, this would overtake the new `online`.
      const isBack = await this.isOnline(userId);
      const isUntold = this.leaving.get(userId) === lastSeen;
      if (isUntold) this.leaving.delete(userId);
      if (!isBack && isUntold) await this.tell(person, lastSeen, conversationIds);
      return true;
    } catch (error) {
      this.logger.warn({ event: 'PRESENCE_NOT_ENDED', error });
      return true;
    }
  }

  /**
   * The node that the user was on has died. Returns whose participants heard that he is gone; rejects
   * where the database is away, before anything is taken out.
   */
  async outlived(
    person: Person,
    takeOut: () => Promise<Change>,
  ): Promise<ReadonlySet<ConversationId>> {
    const { userId } = person;
    const isElsewhere = await this.isOnline(userId);
    const read = isElsewhere ? null : await this.conversationsOf(userId);
    if (!hasGone(await takeOut())) return new Set();
    const conversationIds = read ?? (await this.conversationsOf(userId));
    if (!isAnonymous(userId)) await this.tell(person, new Date(), conversationIds);
    return new Set(conversationIds);
  }

  async isOnline(userId: UserId): Promise<boolean> {
    return (await this.store.find(SERVICE, userId)).connections > 0;
  }

  /** Since when he is away; null: he is online. */
  private async tell(
    { userId, username }: Person,
    lastSeen: Date | null,
    conversationIds: readonly ConversationId[],
  ): Promise<void> {
    const change = { userId, username, isOnline: lastSeen === null, lastSeen };
    await this.bus.publish('presence.changed', { change, conversationIds });
    if (lastSeen) await this.users.recordLastSeen(userId, lastSeen);
  }

  /** Another node took somebody for gone who is here: it could not know, or was overtaken. */
  private contradict({ change, conversationIds }: PresenceChanged): void {
    if (this.store.here(SERVICE, change.userId).connections === 0) return;
    void this.tell(change, null, conversationIds);
  }

  private async correct({ place, userId, username }: Spot, change: Change): Promise<void> {
    if (place !== SERVICE || isAnonymous(userId)) return;
    if (!hasCome(change) && !hasGone(change)) return;
    const lastSeen = hasGone(change) ? new Date() : null;
    try {
      await this.tell({ userId, username }, lastSeen, await this.conversationsOf(userId));
    } catch (error) {
      this.logger.warn({ event: 'PRESENCE_NOT_CORRECTED', userId, error });
    }
  }

  private async conversationsOf(userId: UserId): Promise<readonly ConversationId[]> {
    if (isAnonymous(userId)) return [];
    const conversations = await this.participants.conversationsOf(userId);
    return conversations.map(({ id }) => id);
  }
}

const spotOf = ({ userId, username }: Person): Spot => ({ place: SERVICE, userId, username });
