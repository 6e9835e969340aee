import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConversationsService } from './conversations.service.js';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { LOBBY, parseConversationRef, type ConversationRef } from './model/conversation-ref.js';
import type { ConversationId } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import { NEW_ROOMS, roomMaker } from './new-rooms.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { SendLimiter } from './ports/send-limiter.js';
import { UsersService } from './users.service.js';

/** Which conversation it is that a client calls so, and how it comes to be by being called. */
@Injectable()
export class DirectoryService {
  private readonly slugs = new LRUCache<string, ConversationId>({ max: 10_000, ttl: 60_000 });
  private readonly slugsOf = new LRUCache<ConversationId, string>({ max: 10_000 });
  /** Deleted of late: a name that is being looked up meanwhile must not be remembered. */
  private readonly gone = new LRUCache<ConversationId, true>({ max: 1_000 });
  /** Live rooms that are coming to be, by their slugs. */
  private readonly opening = new Map<string, Promise<ConversationId>>();

  constructor(
    private readonly store: ConversationStore,
    private readonly conversations: ConversationsService,
    private readonly users: UsersService,
    private readonly limiter: SendLimiter,
    bus: EventBus,
  ) {
    bus.subscribe('conversation.deleted', ({ conversationId }) => {
      this.gone.set(conversationId, true);
      this.forget(conversationId);
    });
    bus.subscribe('room.event', ({ event }) => {
      if (event.type === 'conversation.updated') this.slugs.clear();
    });
  }

  /** The id behind whatever a client calls a conversation; CONVERSATION_NOT_FOUND otherwise. */
  async resolve(input: unknown, identity: Identity): Promise<ConversationId> {
    const id = await this.find(input, identity);
    if (id === null) throw new ChatError('CONVERSATION_NOT_FOUND');
    return id;
  }

  /** As `resolve`; null for a name that names nothing yet. */
  async find(input: unknown, identity: Identity): Promise<ConversationId | null> {
    const ref = parse(input, identity);
    if (ref.kind === 'id') return ref.id;
    if (ref.kind === 'direct') return this.store.idOfDirect(identity.userId, ref.other);
    if (ref.slug === LOBBY) return this.lobby();
    const cached = this.slugs.get(ref.slug);
    if (cached !== undefined) return cached;
    const id = await this.store.idOfSlug(ref.slug);
    return id === null ? null : this.remember(ref.slug, id);
  }

  /**
   * As `resolve`, but a slug that names nothing yet becomes a live room, open to everyone, which
   * ends after the last who is in it. `title` is for that room. RATE_LIMITED for too many of these.
   */
  async resolveOrOpen(
    input: unknown,
    identity: Identity,
    title: string | null,
  ): Promise<ConversationId> {
    const ref = parse(input, identity);
    const known = await this.find(ref, identity);
    if (known !== null) return known;
    if (ref.kind !== 'slug') throw new ChatError('CONVERSATION_NOT_FOUND');
    return this.open(ref.slug, identity, title);
  }

  /** Who comes at the same moment has opened nothing: for a crowd, one room is counted once. */
  private async open(
    slug: string,
    identity: Identity,
    title: string | null,
  ): Promise<ConversationId> {
    const known = this.slugs.get(slug) ?? (await this.opening.get(slug)?.catch(() => null));
    if (known !== undefined && known !== null) return known;
    const opening = this.openLive(slug, identity, title);
    this.opening.set(slug, opening);
    try {
      return await opening;
    } finally {
      if (this.opening.get(slug) === opening) this.opening.delete(slug);
    }
  }

  private async openLive(
    slug: string,
    identity: Identity,
    title: string | null,
  ): Promise<ConversationId> {
    await this.limiter.take(NEW_ROOMS, roomMaker(identity));
    const keptUntil = new Date(Date.now() + LIMITS.openedRoomMs);
    return this.remember(slug, await this.store.ensureLive(slug, { title, keptUntil }));
  }

  /** As `resolve`, but a direct conversation comes to be by its first message. */
  async resolveForSending(input: unknown, identity: Identity): Promise<ConversationId> {
    const ref = parse(input, identity);
    if (ref.kind !== 'direct') return this.resolve(ref, identity);
    const known = await this.find(ref, identity);
    if (known !== null) return known;
    return (await this.conversations.openDirect(identity, ref.other)).conversation.id;
  }

  /** The public conversation `lobby`, made when it is first asked for. */
  async lobby(): Promise<ConversationId> {
    const known = this.slugs.get(LOBBY);
    if (known !== undefined) return known;
    const { id } = await this.store.ensurePublic(LOBBY);
    return this.remember(LOBBY, id);
  }

  /** The direct conversation with that user, null where there is none yet. USER_NOT_FOUND. */
  async findDirect({ userId }: Identity, other: UserId): Promise<ConversationId | null> {
    const id = await this.store.idOfDirect(userId, other);
    if (id === null) await this.users.assertKnown([other]);
    return id;
  }

  /** What was known of it is true no more. */
  forget(id: ConversationId): void {
    const slug = this.slugsOf.get(id);
    if (slug !== undefined) this.slugs.delete(slug);
    this.slugsOf.delete(id);
  }

  private remember(slug: string, id: ConversationId): ConversationId {
    if (this.gone.has(id)) return id;
    this.slugs.set(slug, id);
    this.slugsOf.set(id, slug);
    return id;
  }
}

function parse(input: unknown, identity: Identity): ConversationRef {
  if (isRef(input)) return input;
  const ref = parseConversationRef(input, identity.userId);
  if (!ref) throw new ChatError('CONVERSATION_NOT_FOUND');
  return ref;
}

const isRef = (input: unknown): input is ConversationRef =>
  typeof input === 'object' && input !== null && 'kind' in input;
