import { Injectable, Logger } from '@nestjs/common';
import { LIMITS } from '../core/core.limits.js';
import type { CoreEvents } from '../core/core.events.js';
import type { ConversationId } from '../core/model/conversation.js';
import type { Message } from '../core/model/message.js';
import type { Notification } from '../core/model/notification.js';
import { messageNotification } from '../core/notifications.service.js';
import { EventBus } from '../core/ports/event-bus.js';
import { MessageStore } from '../core/ports/message-store.js';
import { MessageLog } from '../core/ports/message-log.js';
import { Nodes } from '../core/ports/nodes.js';
import { BlockLists } from './block-lists.js';
import { NewestChanges } from './newest-changes.js';
import { ReceptionService } from './reception.service.js';
import { Registry } from './registry.js';
import { renderOnce } from './rendering.js';
import { isChangeOfMessage, seqOf, type Room } from './room.js';

const RETRY_MS = 1_000;

/**
 * Brings events to this node's sockets. Messages go out in `seq` order, each once: the event that
 * announces them is only a doorbell, and a gap is filled from the log before anything later.
 */
@Injectable()
export class DeliveryService {
  private readonly logger = new Logger('Delivery');
  private readonly newest = new NewestChanges();

  constructor(
    private readonly registry: Registry,
    private readonly messages: MessageStore,
    private readonly reception: ReceptionService,
    private readonly blockLists: BlockLists,
    private readonly nodes: Nodes,
    log: MessageLog,
    bus: EventBus,
  ) {
    log.onCommitted((commit) => void bus.publish('messages.committed', commit));
    bus.subscribe('messages.committed', (event) => this.onCommitted(event));
    bus.subscribe('heads.reached', ({ heads }) => {
      for (const { id, lastSeq } of heads) this.reached(id, lastSeq);
    });
    bus.subscribe('room.event', (event) => this.onRoomEvent(event));
    bus.subscribe('presence.changed', (event) => this.onPresence(event));
    bus.subscribe('notification.raised', (event) => this.onNotification(event));
  }

  /** The conversation has reached that `seq`, as the log says. */
  reached(conversationId: ConversationId, head: number): void {
    this.onCommitted({ conversationId, messages: [], head });
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

  /**
   * Reads what is missing from the log, up to the newest message heard of. Stops where this node
   * may not know who is to hear it: it is begun again when it does.
   */
  private async fill(room: Room): Promise<void> {
    if (room.isFilling) return;
    room.isFilling = true;
    try {
      while (room.cursor !== null && room.cursor < room.head && !room.isEmpty) {
        const range = { after: room.cursor, limit: LIMITS.catchUp };
        const { messages } = await this.messages.page(room.conversationId, range);
        if (messages.length === 0 || !this.nodes.isCurrent) break;
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
    room.announce(messages);
    room.emitPostponed();
    if (room.following.size > 0)
      for (const message of messages) this.notifyFollowers(room, message);
  }

  private notifyFollowers(room: Room, message: Message): void {
    if (message.isShadowed) return;
    const asMessage = notificationFrames(messageNotification(message, 'message'));
    const asMention = notificationFrames(messageNotification(message, 'mention'));
    for (const connection of room.following) {
      const { userId } = connection.identity;
      if (userId === message.senderId) continue;
      if (this.blockLists.hasBlocked(userId, message.senderId)) continue;
      const framesFor = message.mentions.includes(userId) ? asMention : asMessage;
      const frames = framesFor(connection.dialect, null);
      if (frames) connection.write(frames);
    }
  }

  private onRoomEvent(happened: CoreEvents['room.event']): void {
    const { conversationId, event: told, ...audience } = happened;
    const room = this.registry.room(conversationId);
    // To some it is one thing, and to others another: what is told to all is compared.
    const isForAll = Object.keys(audience).length === 0;
    const event = room && isForAll ? this.newest.upToDate(told) : told;
    if (!room || !event) return;
    if (event.type === 'conversation.updated' && !event.conversation.allowAnonymous) {
      this.reception.endForVisitors(room);
    }
    if (isChangeOfMessage(event) && room.cursor !== null && seqOf(event) > room.cursor) {
      room.postpone(event, audience);
      // What is changed is there, although nobody told of it yet.
      this.reached(conversationId, seqOf(event));
      return;
    }
    if (event.type === 'user.connected' || event.type === 'user.disconnected') {
      room.emitPresence(event);
    } else if (event.type === 'user.entered' || event.type === 'user.left') {
      room.emitVisit(event);
    } else room.emit([event], audience);
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
