import { Injectable, Logger } from '@nestjs/common';
import { LIMITS } from '../core/core.limits.js';
import type { CoreEvents, RoomEvent } from '../core/core.events.js';
import type { ConversationHead, ConversationId } from '../core/model/conversation.js';
import { isAnonymous, type Identity } from '../core/model/identity.js';
import type { Message } from '../core/model/message.js';
import type { Notification } from '../core/model/notification.js';
import { messageNotification } from '../core/notifications.service.js';
import { EventBus } from '../core/ports/event-bus.js';
import { MessageStore } from '../core/ports/message-store.js';
import { MessageLog } from '../core/ports/message-log.js';
import type { Connection } from './connection.js';
import { Registry } from './registry.js';
import { renderForReaders, renderOnce } from './rendering.js';
import type { Room } from './room.js';
import type { Subscription } from './subscription.js';

const RETRY_MS = 1_000;

type Person = Pick<Identity, 'userId' | 'username'>;

/**
 * Brings events to this node's sockets. Messages go out in `seq` order, each once: the event that
 * announces them is only a doorbell, and a gap is filled from the log before anything later.
 */
@Injectable()
export class DeliveryService {
  private readonly logger = new Logger('Delivery');

  constructor(
    private readonly registry: Registry,
    private readonly messages: MessageStore,
    log: MessageLog,
    bus: EventBus,
  ) {
    log.onCommitted((commit) => void bus.publish('messages.committed', commit));
    bus.subscribe('messages.committed', (event) => this.onCommitted(event));
    bus.subscribe('room.event', (event) => this.onRoomEvent(event));
    bus.subscribe('presence.changed', (event) => this.onPresence(event));
    bus.subscribe('notification.raised', (event) => this.onNotification(event));
    bus.subscribe('participant.added', (event) => this.onParticipantAdded(event));
    bus.subscribe('participant.removed', ({ participant }) =>
      this.expel(participant.conversationId, participant),
    );
    bus.subscribe('sanction.applied', (event) => this.onSanction(event));
    bus.subscribe('conversation.deleted', (event) => registry.removeRoom(event.conversationId));
  }

  /**
   * What was committed before the newcomer's sockets were known to read along was announced to
   * others only: they get it from the log, and what is announced meanwhile after it.
   */
  private onParticipantAdded({ participant, conversation }: CoreEvents['participant.added']): void {
    const joined = this.registry.addParticipant(conversation, participant.userId);
    if (joined.size > 0) void this.catchUp(conversation, joined);
  }

  private async catchUp(
    conversation: ConversationHead,
    newcomers: ReadonlyMap<Connection, Subscription>,
  ): Promise<void> {
    const { id, lastSeq } = conversation;
    try {
      const range = { after: lastSeq, limit: LIMITS.catchUp };
      const { messages } = await this.messages.page(id, range);
      for (const newcomer of newcomers) this.registry.room(id)?.tell(...newcomer, messages);
    } catch (error) {
      this.logger.warn({ event: 'NEWCOMER_NOT_TOLD', conversationId: id, error });
      setTimeout(() => void this.catchUp(conversation, newcomers), RETRY_MS).unref();
    }
  }

  /** To everyone joined and to whom it concerns, who hears nothing more after a ban. */
  private onSanction(applied: CoreEvents['sanction.applied']): void {
    const { sanction, username, conversation } = applied;
    const { userId, kind } = sanction;
    const event: RoomEvent = { type: 'moderation', sanction, username };
    const room = this.registry.room(conversation.id);
    room?.emit([event]);
    const framesFor = renderForReaders(conversation, [event]);
    for (const connection of this.registry.connectionsOf(userId)) {
      const isJoined = room?.joined.has(connection) ?? false;
      const needsNoWord = isJoined || connection.dialect.isOfOneRoom;
      const frames = needsNoWord ? null : framesFor(connection, null);
      if (frames) connection.write(frames);
    }
    if (kind !== 'ban') return;
    if (this.registry.isLookingIn(conversation.id, userId)) {
      room?.emitPresence({ type: 'user.disconnected', userId, username });
    }
    this.expel(conversation.id, { userId, username });
  }

  /** Ends all reception of a user who is not to be there any more. */
  private expel(conversationId: ConversationId, { userId, username }: Person): void {
    const wasThere = this.registry.isVisiting(conversationId, userId);
    this.registry.removeParticipant(conversationId, userId);
    const room = this.registry.room(conversationId);
    room?.forgetPresence(userId);
    if (wasThere) room?.emitVisit({ type: 'user.left', userId, username });
  }

  /** Visitors without a token are let in no longer. */
  private expelVisitors({ conversationId, joined }: Room): void {
    for (const { identity } of [...joined.keys()]) {
      if (isAnonymous(identity.userId)) this.expel(conversationId, identity);
    }
  }

  private onCommitted(event: CoreEvents['messages.committed']): void {
    const room = this.registry.room(event.conversationId);
    if (!room) return;
    room.head = Math.max(room.head, event.head);
    if (room.isFilling) return;
    const [first] = event.messages;
    if (first) room.startAt(first.seq - 1);
    if (first && first.seq <= room.startedAt) this.notifyOfEarlier(room, event.messages);
    if (room.cursor !== null && first?.seq === room.cursor + 1) this.deliver(room, event.messages);
    if (room.cursor !== null && room.head > room.cursor) void this.fill(room);
  }

  /** Joiners know these from their join's answer; who is looking elsewhere has not heard of them. */
  private notifyOfEarlier(room: Room, messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.seq <= room.startedAt) this.notifyFollowers(room, message);
    }
  }

  /** Reads what is missing from the log, up to the newest message heard of. */
  private async fill(room: Room): Promise<void> {
    if (room.isFilling) return;
    room.isFilling = true;
    try {
      while (room.cursor !== null && room.cursor < room.head && !room.isEmpty) {
        const range = { after: room.cursor, limit: LIMITS.catchUp };
        const { messages } = await this.messages.page(room.conversationId, range);
        if (messages.length === 0) break;
        this.deliver(room, messages);
      }
    } catch (error) {
      this.logger.warn({ event: 'GAP_NOT_FILLED', conversationId: room.conversationId, error });
      setTimeout(() => void this.fill(room), RETRY_MS).unref();
    } finally {
      room.isFilling = false;
    }
  }

  private deliver(room: Room, messages: readonly Message[]): void {
    room.cursor = messages.at(-1)?.seq ?? room.cursor;
    room.emit(messages.map((message) => ({ type: 'message.created', message })));
    room.emitPostponed();
    if (room.following.size > 0)
      for (const message of messages) this.notifyFollowers(room, message);
  }

  private notifyFollowers(room: Room, message: Message): void {
    const asMessage = notificationFrames(messageNotification(message, 'message'));
    const asMention = notificationFrames(messageNotification(message, 'mention'));
    for (const connection of room.following) {
      const { userId } = connection.identity;
      if (userId === message.senderId) continue;
      const framesFor = message.mentions.includes(userId) ? asMention : asMessage;
      const frames = framesFor(connection.dialect, null);
      if (frames) connection.write(frames);
    }
  }

  private onRoomEvent({ conversationId, event, exceptUserId }: CoreEvents['room.event']): void {
    const room = this.registry.room(conversationId);
    if (!room) return;
    if (event.type === 'conversation.updated' && !event.conversation.allowAnonymous) {
      this.expelVisitors(room);
    }
    const isChange = event.type === 'message.updated' || event.type === 'message.deleted';
    const isAhead = isChange && room.cursor !== null && event.message.seq > room.cursor;
    if (isAhead) room.postpone(event);
    else if (event.type === 'user.connected' || event.type === 'user.disconnected') {
      room.emitPresence(event);
    } else if (event.type === 'user.entered' || event.type === 'user.left') {
      room.emitVisit(event);
    } else room.emit([event], { exceptUserId });
  }

  /** To every socket joined to a conversation of that user, once each, the user's own excepted. */
  private onPresence({ change, conversationIds }: CoreEvents['presence.changed']): void {
    const framesFor = renderOnce(({ present }) => [present.presence(change)], true);
    const told = new Set<unknown>();
    const { userId, username } = change;
    const type = change.isOnline ? 'user.connected' : 'user.disconnected';
    for (const id of conversationIds) {
      const room = this.registry.room(id);
      for (const [connection, subscription] of room?.joined ?? []) {
        const isOwn = connection.identity.userId === userId;
        if (isOwn || !subscription.isPresent || told.has(connection)) continue;
        told.add(connection);
        const frames = framesFor(connection.dialect, null);
        if (frames) connection.write(frames);
      }
      room?.emitPresence({ type, userId, username });
      // Kept for those only who are online and looked away: of others there is no end.
      if (!change.isOnline) room?.forgetPresence(userId);
    }
  }

  private onNotification({ userIds, notification }: CoreEvents['notification.raised']): void {
    const framesFor = notificationFrames(notification);
    const { conversationId } = notification;
    const room = conversationId === null ? undefined : this.registry.room(conversationId);
    for (const userId of userIds) {
      for (const connection of this.registry.connectionsOf(userId)) {
        const frames = room?.joined.has(connection) ? null : framesFor(connection.dialect, null);
        if (frames) connection.write(frames);
      }
    }
  }
}

const notificationFrames = (notification: Notification) =>
  renderOnce(({ present }) => [present.notification(notification)], false);
