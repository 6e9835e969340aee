import { Injectable } from '@nestjs/common';
import type { ConversationHead, ConversationId } from '../core/model/conversation.js';
import type { UserId } from '../core/model/identity.js';
import type { Stay } from '../core/model/presence.js';
import type { Connection, Expulsion } from './connection.js';
import { Room } from './room.js';
import { Subscription } from './subscription.js';

interface Membership {
  readonly joined: Set<ConversationId>;
  /** Those of them that the dialect reads by itself. */
  readonly unasked: Set<ConversationId>;
  /** Conversations the user takes part in, joined or not. */
  readonly participating: Set<ConversationId>;
  /** Left while the list above was still being read: the late list must not bring them back. */
  departed: Set<ConversationId> | null;
}

/** Hears of rooms as somebody of this node comes to be in them, and as nobody is any more. */
export interface RoomWatcher {
  opened(conversationId: ConversationId): void;
  closed(conversationId: ConversationId): void;
}

/** This node's connections: whose they are, what they read, what they follow. */
@Injectable()
export class Registry {
  private readonly memberships = new Map<Connection, Membership>();
  private readonly byUser = new Map<UserId, Set<Connection>>();
  private readonly rooms = new Map<ConversationId, Room>();
  private readonly watchers: RoomWatcher[] = [];
  private readonly emptied: ((conversationId: ConversationId) => void)[] = [];

  /** Called when nobody is joined any more, however that came. */
  whenEmptied(listener: (conversationId: ConversationId) => void): void {
    this.emptied.push(listener);
  }

  watchRooms(watcher: RoomWatcher): void {
    this.watchers.push(watcher);
  }

  /** Of all rooms, also those that somebody only follows. */
  roomIds(): Iterable<ConversationId> {
    return this.rooms.keys();
  }

  has(connection: Connection): boolean {
    return this.memberships.has(connection);
  }

  get connectionCount(): number {
    return this.memberships.size;
  }

  room(conversationId: ConversationId): Room | undefined {
    return this.rooms.get(conversationId);
  }

  /** Connections that joined the conversation. */
  countIn(conversationId: ConversationId): number {
    return this.rooms.get(conversationId)?.joined.size ?? 0;
  }

  countOf(userId: UserId): number {
    return this.byUser.get(userId)?.size ?? 0;
  }

  /** Conversations that the connection joined, without those its dialect reads by itself. */
  joinedBy(connection: Connection): number {
    const membership = this.memberships.get(connection);
    return membership ? membership.joined.size - membership.unasked.size : 0;
  }

  connections(): Iterable<Connection> {
    return this.memberships.keys();
  }

  connectionsOf(userId: UserId): Iterable<Connection> {
    return this.byUser.get(userId) ?? [];
  }

  isConnected(userId: UserId): boolean {
    return this.byUser.has(userId);
  }

  /** How the user is there, over all of its sockets on this node. */
  stayIn(conversationId: ConversationId, userId: UserId): Stay {
    const counted = this.placesOf(conversationId, userId).filter(({ isCounted }) => isCounted);
    return {
      connections: counted.length,
      isLookingIn: counted.some(({ hasLookedIn }) => hasLookedIn),
      mayLookAway: counted.some(({ hasLookedIn, mayLookAway }) => hasLookedIn && mayLookAway),
      isVisiting: counted.some(({ hasEntered }) => hasEntered),
    };
  }

  add(connection: Connection): void {
    const { userId } = connection.identity;
    this.memberships.set(connection, {
      joined: new Set(),
      unasked: new Set(),
      participating: new Set(),
      departed: new Set(),
    });
    const connections = this.byUser.get(userId);
    if (connections) connections.add(connection);
    else this.byUser.set(userId, new Set([connection]));
  }

  /** Returns its places, and what its user takes part in. */
  remove(connection: Connection): {
    readonly joined: ReadonlyMap<ConversationId, Subscription>;
    readonly participating: ReadonlySet<ConversationId>;
  } {
    const joined = new Map<ConversationId, Subscription>();
    const membership = this.memberships.get(connection);
    if (!membership) return { joined, participating: new Set() };
    for (const id of membership.joined) {
      const subscription = this.rooms.get(id)?.joined.get(connection);
      if (subscription) joined.set(id, subscription);
    }
    this.memberships.delete(connection);
    const { userId } = connection.identity;
    const siblings = this.byUser.get(userId);
    siblings?.delete(connection);
    if (siblings?.size === 0) this.byUser.delete(userId);
    for (const id of new Set([...membership.joined, ...membership.participating])) {
      this.forget(connection, id);
    }
    return { joined, participating: membership.participating };
  }

  /** The conversations that the connection's user takes part in, once they are read. */
  follow(connection: Connection, conversations: readonly ConversationHead[]): void {
    const membership = this.memberships.get(connection);
    if (!membership) return;
    for (const head of conversations) {
      if (!membership.departed?.has(head.id)) this.participate(connection, membership, head);
    }
    membership.departed = null;
  }

  /**
   * The user became a participant: all of its connections follow. Returns those that joined by
   * that: what happens from now on is held back for them until `Room.tell`.
   */
  addParticipant(head: ConversationHead, userId: UserId): ReadonlyMap<Connection, Subscription> {
    const joined = new Map<Connection, Subscription>();
    for (const connection of this.connectionsOf(userId)) {
      const membership = this.memberships.get(connection);
      membership?.departed?.delete(head.id);
      const subscription = membership && this.participate(connection, membership, head);
      if (!subscription) continue;
      subscription.hold();
      joined.set(connection, subscription);
    }
    return joined;
  }

  /** Ends all reception of the conversation for the user, at once. */
  removeParticipant(conversationId: ConversationId, userId: UserId): void {
    for (const connection of [...this.connectionsOf(userId)]) {
      this.expel(connection, conversationId, 'removed');
    }
  }

  /** Everyone out: the conversation is gone. */
  removeRoom(conversationId: ConversationId): void {
    // Who is still arriving may have read of it before: that must not bring it back.
    for (const { departed } of this.memberships.values()) departed?.add(conversationId);
    const room = this.rooms.get(conversationId);
    if (!room) return;
    for (const connection of [...room.joined.keys(), ...room.following]) {
      this.expel(connection, conversationId, 'conversation-gone');
    }
  }

  /** Joins, holding back events until `Room.release`; joining again holds back again. */
  join(connection: Connection, conversationId: ConversationId): Subscription {
    const room = this.roomFor(conversationId);
    const membership = this.memberships.get(connection);
    const subscription = room.joined.get(connection) ?? new Subscription();
    subscription.hold();
    if (!membership) {
      subscription.end();
      this.dropIfEmpty(room);
      return subscription;
    }
    room.joined.set(connection, subscription);
    room.following.delete(connection);
    membership.joined.add(conversationId);
    return subscription;
  }

  /** Returns whether the connection was joined. Participants go on following. */
  leave(connection: Connection, conversationId: ConversationId): boolean {
    const room = this.rooms.get(conversationId);
    const membership = this.memberships.get(connection);
    const subscription = room?.joined.get(connection);
    if (!room || !membership || !subscription) return false;
    subscription.end();
    room.joined.delete(connection);
    membership.joined.delete(conversationId);
    membership.unasked.delete(conversationId);
    if (membership.participating.has(conversationId)) room.following.add(connection);
    this.dropIfEmpty(room);
    return true;
  }

  /** Returns its place where the connection came to read along by that. */
  private participate(
    connection: Connection,
    { participating, joined, unasked }: Membership,
    head: ConversationHead,
  ): Subscription | null {
    const { id, type, lastSeq } = head;
    participating.add(id);
    if (joined.has(id)) return null;
    const room = this.roomFor(id);
    if (!connection.dialect.joinsByItself(type)) {
      room.following.add(connection);
      room.startAt(lastSeq);
      return null;
    }
    joined.add(id);
    unasked.add(id);
    room.describe(head);
    const subscription = Subscription.live(lastSeq);
    room.joined.set(connection, subscription);
    return subscription;
  }

  private expel(connection: Connection, conversationId: ConversationId, why: Expulsion): void {
    const membership = this.memberships.get(connection);
    membership?.departed?.add(conversationId);
    membership?.participating.delete(conversationId);
    membership?.joined.delete(conversationId);
    membership?.unasked.delete(conversationId);
    const subscription = this.forget(connection, conversationId, why);
    // Who is still joining is told by what becomes of that.
    if (subscription?.isAdmitted) connection.expelled?.(why);
  }

  private forget(
    connection: Connection,
    conversationId: ConversationId,
    why: Expulsion | null = null,
  ): Subscription | undefined {
    const room = this.rooms.get(conversationId);
    const subscription = room?.joined.get(connection);
    subscription?.end(why);
    room?.joined.delete(connection);
    room?.following.delete(connection);
    if (room) this.dropIfEmpty(room);
    return subscription;
  }

  private placesOf(conversationId: ConversationId, userId: UserId): Subscription[] {
    const joined = this.rooms.get(conversationId)?.joined;
    if (!joined) return [];
    return [...this.connectionsOf(userId)].flatMap((connection) => joined.get(connection) ?? []);
  }

  private roomFor(conversationId: ConversationId): Room {
    const known = this.rooms.get(conversationId);
    if (known) return known;
    const room = new Room(conversationId);
    this.rooms.set(conversationId, room);
    for (const watcher of this.watchers) watcher.opened(conversationId);
    return room;
  }

  private dropIfEmpty(room: Room): void {
    if (room.isEmpty && this.rooms.delete(room.conversationId)) {
      for (const watcher of this.watchers) watcher.closed(room.conversationId);
    }
    if (room.joined.size > 0) return;
    for (const listener of this.emptied) listener(room.conversationId);
  }
}
