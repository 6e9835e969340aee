import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ChatError } from '../core/core.errors.js';
import type { ConversationId } from '../core/model/conversation.js';
import { EventBus } from '../core/ports/event-bus.js';
import { Rounds } from '../core/rounds.js';
import { RoomLeaseStore } from '../core/ports/room-lease-store.js';
import { Registry } from '../realtime/registry.js';

/** How long an empty live room is kept. Milliseconds. */
export const ROOM_GRACE_MS = Symbol('ROOM_GRACE_MS');

/** A third of a lease: two renewals may fail. */
const ROUND_MS = 10_000;
const RETRY_MS = 1_000;

/** A live room that this node has, or had, somebody in. */
class KeptRoom {
  isLeased = false;
  timer: NodeJS.Timeout | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  /** One after the other: a lease is not taken while it is given up. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.turn.then(task);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

/**
 * The life of live rooms: a room is leased as long as this node has somebody in it, whatever they
 * speak, and goes with the last lease. What a node that died has left is swept up by the others.
 */
@Injectable()
export class RoomKeeper implements OnModuleDestroy {
  private readonly logger = new Logger('RoomKeeper');
  private readonly rooms = new Map<ConversationId, KeptRoom>();
  private readonly rounds = new Rounds(ROUND_MS, () => this.goRound());
  private isDraining = false;
  /** Found abandoned in the round before: a node that was cut off gets one to come back in. */
  private abandoned = new Set<ConversationId>();

  constructor(
    private readonly leases: RoomLeaseStore,
    private readonly registry: Registry,
    private readonly bus: EventBus,
    @Inject(ROOM_GRACE_MS) private readonly graceMs: number,
  ) {
    this.rounds.begin();
    registry.whenEmptied((conversationId) => this.left(conversationId));
    bus.subscribe('conversation.deleted', ({ conversationId }) => this.forget(conversationId));
  }

  /** Somebody is in the room, and stays in the registry's. CONVERSATION_NOT_FOUND: it has ended. */
  async enter(conversationId: ConversationId): Promise<void> {
    let room = this.rooms.get(conversationId);
    if (!room) this.rooms.set(conversationId, (room = new KeptRoom()));
    const kept = room;
    const isLeased = await kept.inTurn(
      async () => (kept.isLeased ||= await this.leases.take(conversationId)),
    );
    if (isLeased) return;
    this.rooms.delete(conversationId);
    throw new ChatError('CONVERSATION_NOT_FOUND');
  }

  /** Where nobody is in the room any more, the grace time begins. */
  left(conversationId: ConversationId, graceMs = this.graceMs): void {
    const room = this.rooms.get(conversationId);
    if (!room || this.isDraining || this.registry.countIn(conversationId) > 0) return;
    if (room.timer) clearTimeout(room.timer);
    room.timer = setTimeout(() => {
      room.timer = null;
      void room.inTurn(() => this.endIfEmpty(conversationId, room));
    }, graceMs);
  }

  /**
   * Ends nothing from now on, whoever leaves: rooms stay as they are until their leases expire, so
   * that clients find them again in a service that is back by then.
   */
  drain(): void {
    this.isDraining = true;
    void this.rounds.end();
    for (const id of [...this.rooms.keys()]) this.forget(id);
  }

  async onModuleDestroy(): Promise<void> {
    this.drain();
    await this.rounds.end();
  }

  private forget(conversationId: ConversationId): void {
    const timer = this.rooms.get(conversationId)?.timer;
    if (timer) clearTimeout(timer);
    this.rooms.delete(conversationId);
  }

  private async endIfEmpty(conversationId: ConversationId, room: KeptRoom): Promise<void> {
    const isKnown = this.rooms.get(conversationId) === room;
    if (!isKnown || room.timer || this.registry.countIn(conversationId) > 0) return;
    try {
      room.isLeased = false;
      const isOver = await this.leases.giveUp(conversationId);
      if (isOver) await this.bus.publish('conversation.deleted', { conversationId });
      else if (this.registry.countIn(conversationId) === 0) this.rooms.delete(conversationId);
    } catch (error) {
      this.logger.warn({ event: 'ROOM_NOT_ENDED', conversationId, error });
      this.left(conversationId, Math.max(this.graceMs, RETRY_MS));
    }
  }

  private async goRound(): Promise<void> {
    try {
      await this.renew();
      await this.sweep();
    } catch (error) {
      this.logger.warn({ event: 'ROOMS_NOT_KEPT', error });
    }
  }

  private async renew(): Promise<void> {
    const leased = [...this.rooms].flatMap(([id, { isLeased }]) => (isLeased ? [id] : []));
    if (leased.length === 0) return;
    const gone = await this.leases.renew(leased);
    for (const conversationId of gone) {
      const isOurs = this.rooms.get(conversationId)?.isLeased;
      if (isOurs) await this.bus.publish('conversation.deleted', { conversationId });
    }
  }

  private async sweep(): Promise<void> {
    const found = await this.leases.abandoned();
    const twice = found.filter((id) => this.abandoned.has(id));
    this.abandoned = new Set(found);
    for (const conversationId of twice) {
      if (this.isDraining) return;
      // Somebody may come to it this very moment.
      if (this.rooms.has(conversationId)) continue;
      const room = new KeptRoom();
      this.rooms.set(conversationId, room);
      await room.inTurn(() => this.endIfEmpty(conversationId, room));
    }
  }
}
