import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ChatError } from './core.errors.js';
import {
  parseConversationRef,
  normalizeSlug,
  type ConversationRef,
} from './model/conversation-ref.js';
import type {
  Conversation,
  ConversationId,
  ConversationSummary,
  ConversationType,
} from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import { ParticipantsService } from './participants.service.js';
import { PermissionsService } from './permissions.service.js';
import {
  ConversationStore,
  type ConversationChange,
  type Page,
} from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { ParticipantStore } from './ports/participant-store.js';
import { UserStore } from './ports/user-store.js';

export interface CreateConversation {
  readonly type: ConversationType;
  readonly title?: string | null;
  readonly slug?: string | null;
  readonly participantIds?: readonly UserId[] | null;
  readonly allowAnonymous?: boolean | null;
  readonly maxParticipants?: number | null;
}

/** Where `root` clients talk who name no conversation. */
export const LOBBY = 'lobby';

const SLUG_RULE = 'must be a-z, 0-9, _ and -, not all digits, and not start with room_ or private_';

/** Conversations themselves: naming, creating, listing, changing. */
@Injectable()
export class ConversationsService {
  private readonly slugs = new LRUCache<string, ConversationId>({ max: 10_000, ttl: 60_000 });

  constructor(
    private readonly store: ConversationStore,
    private readonly participantStore: ParticipantStore,
    private readonly participants: ParticipantsService,
    private readonly permissions: PermissionsService,
    private readonly users: UserStore,
    private readonly bus: EventBus,
  ) {
    bus.subscribe('conversation.deleted', () => this.slugs.clear());
    bus.subscribe('room.event', ({ event }) => {
      if (event.type === 'conversation.updated') this.slugs.clear();
    });
  }

  /** The id behind whatever a client calls a conversation; CONVERSATION_NOT_FOUND otherwise. */
  async resolve(input: unknown, identity: Identity): Promise<ConversationId> {
    const ref = this.parse(input, identity);
    const id = ref.kind === 'id' ? ref.id : await this.lookUp(ref, identity);
    if (id === null) throw new ChatError('CONVERSATION_NOT_FOUND');
    return id;
  }

  /** As `resolve`, but a direct conversation comes to be by its first message. */
  async resolveForSending(input: unknown, identity: Identity): Promise<ConversationId> {
    const ref = this.parse(input, identity);
    if (ref.kind !== 'direct') return this.resolve(input, identity);
    return (await this.lookUp(ref, identity)) ?? (await this.openDirect(identity, ref.other)).id;
  }

  /** The public conversation `lobby`, made when it is first asked for. */
  async lobby(): Promise<ConversationId> {
    const known = this.slugs.get(LOBBY);
    if (known !== undefined) return known;
    const { id } = await this.store.ensurePublic(LOBBY);
    this.slugs.set(LOBBY, id);
    return id;
  }

  /** The direct conversation with that user, null where there is none yet. USER_NOT_FOUND. */
  async findDirect(identity: Identity, other: UserId): Promise<ConversationId | null> {
    const id = await this.store.idOfDirect(identity.userId, other);
    if (id === null) await this.assertKnown([other]);
    return id;
  }

  /** `seq` of the newest message. CONVERSATION_NOT_FOUND. */
  async lastSeq(conversationId: ConversationId): Promise<number> {
    const conversation = await this.store.find(conversationId);
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    return conversation.lastSeq;
  }

  async create(
    identity: Identity,
    request: CreateConversation,
  ): Promise<{ conversation: Conversation; isNew: boolean }> {
    if (request.type === 'direct') return this.createDirect(identity, request);
    const slug = slugOf(request.slug ?? null);
    assertNotLobby(slug);
    const maxParticipants = request.maxParticipants ?? null;
    const others = [...new Set(request.participantIds ?? [])].filter(
      (id) => id !== identity.userId,
    );
    await this.assertKnown(others);
    if (maxParticipants !== null && others.length >= maxParticipants) {
      throw new ChatError('CONVERSATION_FULL');
    }
    const conversation = await this.store.create({
      type: request.type,
      title: request.title ?? null,
      slug,
      allowAnonymous: request.allowAnonymous ?? false,
      maxParticipants,
      createdBy: identity.userId,
      participantIds: others,
    });
    await this.participants.announceFirst(conversation, [identity.userId, ...others], identity);
    return { conversation, isNew: true };
  }

  async get(identity: Identity, conversationId: ConversationId): Promise<ConversationSummary> {
    const summary = await this.store.summaryOf(conversationId, identity.userId);
    if (!summary) throw new ChatError('CONVERSATION_NOT_FOUND');
    if (summary.conversation.type !== 'public') {
      await this.permissions.assertMayRead(identity, conversationId);
      return summary;
    }
    const mayRead = await this.permissions.isParticipant(conversationId, identity.userId);
    return mayRead ? summary : { ...summary, lastMessage: null };
  }

  list(
    identity: Identity,
    page: { cursor?: string; limit: number },
  ): Promise<Page<ConversationSummary>> {
    return this.store.listOf(identity.userId, page);
  }

  async update(
    identity: Identity,
    conversationId: ConversationId,
    change: ConversationChange,
  ): Promise<Conversation> {
    await this.permissions.assertExists(conversationId);
    await this.permissions.assertOwns(identity, conversationId);
    const slug = change.slug === undefined ? undefined : slugOf(change.slug);
    if (slug !== undefined) assertNotLobby(slug);
    const conversation = await this.store.update(conversationId, {
      ...change,
      ...(slug !== undefined && { slug }),
    });
    if (!conversation) throw new ChatError('CONVERSATION_NOT_FOUND');
    await this.bus.publish('room.event', {
      conversationId,
      event: { type: 'conversation.updated', conversation },
    });
    return conversation;
  }

  async delete(identity: Identity, conversationId: ConversationId): Promise<void> {
    await this.permissions.assertExists(conversationId);
    await this.permissions.assertOwns(identity, conversationId);
    await this.store.delete(conversationId);
    await this.bus.publish('conversation.deleted', { conversationId });
  }

  private parse(input: unknown, identity: Identity): ConversationRef {
    if (isRef(input)) return input;
    const ref = parseConversationRef(input, identity.userId);
    if (!ref) throw new ChatError('CONVERSATION_NOT_FOUND');
    return ref;
  }

  private async lookUp(
    ref: Exclude<ConversationRef, { kind: 'id' }>,
    identity: Identity,
  ): Promise<ConversationId | null> {
    if (ref.kind === 'slug' && ref.slug === LOBBY) return this.lobby();
    if (ref.kind === 'direct') return this.store.idOfDirect(identity.userId, ref.other);
    const cached = this.slugs.get(ref.slug);
    if (cached !== undefined) return cached;
    const id = await this.store.idOfSlug(ref.slug);
    if (id !== null) this.slugs.set(ref.slug, id);
    return id;
  }

  private async createDirect(identity: Identity, request: CreateConversation) {
    const others = [...new Set(request.participantIds ?? [])].filter(
      (id) => id !== identity.userId,
    );
    const [other] = others;
    if (other === undefined || others.length > 1) {
      throw ChatError.invalid('participantIds', 'must name exactly one other user');
    }
    if (request.slug) throw ChatError.invalid('slug', 'must be absent for direct');
    await this.assertKnown([other]);
    const opened = await this.store.openDirect(identity.userId, other);
    if (opened.isNew) await this.announceDirect(opened.conversation, identity, other);
    return opened;
  }

  private async openDirect(identity: Identity, other: UserId): Promise<Conversation> {
    await this.assertKnown([other]);
    const { conversation, isNew } = await this.store.openDirect(identity.userId, other);
    if (isNew) await this.announceDirect(conversation, identity, other);
    return conversation;
  }

  private announceDirect(conversation: Conversation, identity: Identity, other: UserId) {
    return this.participants.announceFirst(conversation, [identity.userId, other], identity);
  }

  private async assertKnown(ids: readonly UserId[]): Promise<void> {
    if (ids.length > 0 && (await this.users.unknownAmong(ids)).length > 0) {
      throw new ChatError('USER_NOT_FOUND');
    }
  }
}

const isRef = (input: unknown): input is ConversationRef =>
  typeof input === 'object' && input !== null && 'kind' in input;

/** Everybody is let into the lobby: it belongs to nobody. */
function assertNotLobby(slug: string | null): void {
  if (slug === LOBBY)
    throw ChatError.invalid('slug', 'is kept for the lobby that everybody enters');
}

function slugOf(text: string | null): string | null {
  if (text === null) return null;
  const slug = normalizeSlug(text);
  if (slug === null) throw ChatError.invalid('slug', SLUG_RULE);
  return slug;
}
