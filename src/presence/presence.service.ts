import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity, type UserId } from '../core/model/identity.js';
import { AWAY, hasCome, hasGone, SERVICE, type Change, type Spot } from '../core/model/presence.js';
import { GroupCommit } from '../core/group-commit.js';
import { EventBus } from '../core/ports/event-bus.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import type { Sighting } from '../core/ports/user-store.js';
import { UsersService } from '../core/users.service.js';
import { Retries } from './retries.js';

type Person = Pick<Identity, 'userId' | 'username'>;
type PresenceChanged = CoreEvents['presence.changed'];

/** As many in a query as it is quick with, and nobody is turned away. */
const AS_MANY_AS_COME = { maxBatch: 500, maxWaiting: Infinity };

/** Who is online: first socket in, last socket out, over all dialects and nodes. */
@Injectable()
export class PresenceService implements OnModuleDestroy {
  private readonly logger = new Logger('Presence');
  /** Since when users have had no socket, where nobody was told yet. */
  private readonly leaving = new Map<UserId, Date>();
  private readonly retries = new Retries();
  /** One query for all who go at once, as when a node dies. */
  private readonly conversationReads: GroupCommit<UserId, readonly ConversationId[]>;
  private readonly sightingWrites: GroupCommit<Sighting, null>;

  constructor(
    private readonly store: PresenceStore,
    participants: ParticipantStore,
    private readonly users: UsersService,
    private readonly bus: EventBus,
  ) {
    this.conversationReads = new GroupCommit({
      ...AS_MANY_AS_COME,
      write: async (userIds) => {
        const found = await participants.conversationIdsOf(userIds);
        return userIds.map((userId) => found.get(userId) ?? []);
      },
    });
    this.sightingWrites = new GroupCommit({
      ...AS_MANY_AS_COME,
      write: async (sightings) => {
        await users.recordLastSeen(sightings);
        return sightings.map(() => null);
      },
    });
    // Not before the others have applied what is contradicted.
    bus.subscribe('presence.changed', (event, origin) => {
      if (origin === 'elsewhere' && !event.change.isOnline) {
        queueMicrotask(() => this.contradict(event));
      }
    });
    store.onCorrected((spot, change) => this.correct(spot, change));
  }

  onModuleDestroy(): void {
    this.retries.end();
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
   * nobody is left to tell. What cannot be told now is told as soon as the database is back.
   */
  async disconnected(person: Person, connections: number): Promise<boolean> {
    const { userId } = person;
    const change = await this.store.put(spotOf(person), { ...AWAY, connections });
    if (!hasGone(change)) return false;
    if (isAnonymous(userId)) return true;
    const lastSeen = new Date();
    this.leaving.set(userId, lastSeen);
    const end = () => this.end(person, lastSeen);
    await end().catch((error: unknown) => {
      this.logger.warn({ event: 'PRESENCE_NOT_ENDED', error });
      if (!this.retries.add(end)) this.leaving.delete(userId);
    });
    return true;
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
    const change = await takeOut();
    if (!hasGone(change)) return new Set();
    if (!read) {
      // He went from the other one meanwhile.
      await this.correct(spotOf(person), change);
      return new Set();
    }
    if (!isAnonymous(userId)) await this.tell(person, new Date(), read);
    return new Set(read);
  }

  async isOnline(userId: UserId): Promise<boolean> {
    return (await this.store.find(SERVICE, userId)).connections > 0;
  }

  /** Rejects where the database is away: then nobody was told. */
  private async end(person: Person, lastSeen: Date): Promise<void> {
    const { userId } = person;
    const isUntold = () => this.leaving.get(userId) === lastSeen;
    if (!isUntold()) return;
    const conversationIds = await this.conversationsOf(userId);
    // Back, here or on another node: told now, this would overtake the new `online`.
    const isBack = await this.isOnline(userId);
    if (!isUntold()) return;
    this.leaving.delete(userId);
    if (!isBack) await this.tell(person, lastSeen, conversationIds);
  }

  /** Others may not have heard that he came, or went. Rejects where the database is away. */
  async tellAnew(userId: UserId, isOnline: boolean): Promise<void> {
    const { username } = await this.users.get(userId);
    await this.tellIfSo({ userId, username }, isOnline);
  }

  private async tellIfSo(person: Person, isOnline: boolean): Promise<void> {
    const conversationIds = await this.conversationsOf(person.userId);
    if ((await this.isOnline(person.userId)) !== isOnline) return;
    await this.tell(person, isOnline ? null : new Date(), conversationIds);
  }

  /** Since when he is away; null: he is online. */
  private async tell(
    { userId, username }: Person,
    lastSeen: Date | null,
    conversationIds: readonly ConversationId[],
  ): Promise<void> {
    const change = { userId, username, isOnline: lastSeen === null, lastSeen };
    await this.bus.publish('presence.changed', { change, conversationIds });
    if (!lastSeen) return;
    // It is told in any case, and once.
    const record = async () => {
      await this.sightingWrites.add({ userId, at: lastSeen });
    };
    await record().catch(() => this.retries.add(record));
  }

  /** Another node took somebody for gone who is here: it could not know, or was overtaken. */
  private contradict({ change, conversationIds }: PresenceChanged): void {
    if (this.store.here(SERVICE, change.userId).connections === 0) return;
    void this.tell(change, null, conversationIds);
  }

  private async correct({ place, userId, username }: Spot, change: Change): Promise<void> {
    if (place !== SERVICE || isAnonymous(userId)) return;
    if (!hasCome(change) && !hasGone(change)) return;
    const tell = () => this.tellIfSo({ userId, username }, hasCome(change));
    await tell().catch((error: unknown) => {
      this.logger.warn({ event: 'PRESENCE_NOT_CORRECTED', userId, error });
      this.retries.add(tell);
    });
  }

  private async conversationsOf(userId: UserId): Promise<readonly ConversationId[]> {
    return isAnonymous(userId) ? [] : this.conversationReads.add(userId);
  }
}

const spotOf = ({ userId, username }: Person): Spot => ({ place: SERVICE, userId, username });
