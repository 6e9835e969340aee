import { Injectable } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Identity } from '../core/model/identity.js';
import {
  hasEntered,
  hasLeft,
  hasLookedAway,
  hasLookedIn,
  SERVICE,
  type Change,
  type Spot,
} from '../core/model/presence.js';
import { EventBus } from '../core/ports/event-bus.js';
import { PresenceStore, type Most, type PutChange } from '../core/ports/presence-store.js';
import { whenKnown, type Soon } from '../core/soon.js';
import type { Connection } from '../realtime/connection.js';
import { ReceptionService } from '../realtime/reception.service.js';
import { Registry } from '../realtime/registry.js';
import type { Subscription } from '../realtime/subscription.js';

type Person = Pick<Identity, 'userId' | 'username'>;
type RoomEvent = CoreEvents['room.event'];
type Coming = 'user.connected' | 'user.disconnected' | 'user.entered' | 'user.left';

/**
 * Tells who reads a conversation that a user came there with his first socket, or left with the
 * last, over all nodes. Whatever changes where a user is on this one is written down here.
 */
@Injectable()
export class ComingsService {
  constructor(
    private readonly registry: Registry,
    private readonly store: PresenceStore,
    private readonly bus: EventBus,
    reception: ReceptionService,
  ) {
    reception.whenBegun((id, person) => void this.update(id, person));
    reception.whenEnded((id, person, isShutOut) => this.ended(id, person, isShutOut));
    // Not before the others have applied what is contradicted.
    bus.subscribe('room.event', (event, origin) => {
      if (origin === 'elsewhere' && isGoing(event)) queueMicrotask(() => this.contradict(event));
    });
    bus.subscribe('conversation.deleted', (event) => void store.clear(event.conversationId));
    store.onCorrected((spot, change) => this.correct(spot, change));
  }

  /** How the user is there on this node is not what it was. */
  update(
    conversationId: ConversationId,
    { userId, username }: Person,
    most?: Most,
  ): Soon<PutChange> {
    const stay = this.registry.stayIn(conversationId, userId);
    return this.store.put({ place: conversationId, userId, username }, stay, most);
  }

  /** Once the answer to the join is sent. */
  came({ identity }: Connection, subscription: Subscription, conversationId: ConversationId): void {
    subscription.enter();
    whenKnown(this.update(conversationId, identity), (change) => {
      if (hasLookedIn(change)) void this.tell(conversationId, 'user.connected', identity);
      if (hasEntered(change)) void this.tell(conversationId, 'user.entered', identity);
    });
  }

  /** As soon as the socket is out of the registry. */
  left({ identity }: Connection, conversationId: ConversationId): Soon<Change> {
    const change = this.update(conversationId, identity);
    whenKnown(change, (known) => {
      if (hasLeft(known)) void this.tell(conversationId, 'user.left', identity);
    });
    return change;
  }

  /** The user is online still, but no socket of his may be left where this one was. */
  async lookedAway(
    { identity }: Connection,
    { mayLookAway, hasLookedIn: wasTold }: Subscription,
    conversationId: ConversationId,
    change: Change,
  ): Promise<void> {
    const { isLookingIn: isBack } = this.store.here(conversationId, identity.userId);
    if (!mayLookAway || !wasTold || change.after.isLookingIn || isBack) return;
    await this.tell(conversationId, 'user.disconnected', identity);
  }

  /** The node that the user was on has died; `isTold`: they heard that he is offline. */
  async outlived({ place, ...person }: Spot, change: Change, isTold: boolean): Promise<void> {
    if (place === SERVICE) return;
    if (hasLeft(change)) await this.tell(place, 'user.left', person);
    const mayLookAway = change.before.mayLookAway && !isTold;
    if (mayLookAway && hasLookedAway(change)) await this.tell(place, 'user.disconnected', person);
  }

  private ended(conversationId: ConversationId, person: Person, isShutOut: boolean): void {
    whenKnown(this.update(conversationId, person), (change) => {
      const isLookingAway = isShutOut && hasLookedAway(change);
      if (isLookingAway) void this.tell(conversationId, 'user.disconnected', person);
      if (hasLeft(change)) void this.tell(conversationId, 'user.left', person);
    });
  }

  /** Another node took somebody for gone who is here: it could not know, or was overtaken. */
  private contradict({ conversationId, event }: Going): void {
    const { isVisiting, isLookingIn } = this.store.here(conversationId, event.userId);
    if (event.type === 'user.left' && isVisiting) {
      void this.tell(conversationId, 'user.entered', event);
    } else if (event.type === 'user.disconnected' && isLookingIn) {
      void this.tell(conversationId, 'user.connected', event);
    }
  }

  private async correct({ place, ...person }: Spot, change: Change): Promise<void> {
    if (place === SERVICE) return;
    if (hasEntered(change)) await this.tell(place, 'user.entered', person);
    if (hasLookedIn(change)) await this.tell(place, 'user.connected', person);
    const isOnline = (await this.store.find(SERVICE, person.userId)).connections > 0;
    await this.outlived({ place, ...person }, change, !isOnline);
  }

  private tell(
    conversationId: ConversationId,
    type: Coming,
    { userId, username }: Person,
  ): Promise<void> {
    return this.bus.publish('room.event', { conversationId, event: { type, userId, username } });
  }
}

type Going = RoomEvent & { event: { type: 'user.left' | 'user.disconnected' } };

const isGoing = (happened: RoomEvent): happened is Going =>
  happened.event.type === 'user.left' || happened.event.type === 'user.disconnected';
