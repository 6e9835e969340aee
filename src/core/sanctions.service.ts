import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import type { ConversationId, ParticipantRole } from './model/conversation.js';
import type { Identity, Role, UserId } from './model/identity.js';
import type { Sanction, SanctionKind } from './model/sanction.js';
import { PermissionsService } from './permissions.service.js';
import { ConversationStore } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { SanctionStore } from './ports/sanction-store.js';
import { UserStore } from './ports/user-store.js';

export interface SanctionRequest {
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly kind: SanctionKind;
  /** 0 for one without an end. */
  readonly durationMinutes: number;
}

const MINUTE_MS = 60_000;

/** Nobody sanctions who stands as high, or higher. */
const RANKS: Readonly<Record<Role | ParticipantRole, number>> = {
  user: 0,
  member: 0,
  moderator: 1,
  owner: 2,
  admin: 3,
  superuser: 4,
};

/** Bans and mutes, in one conversation each: whatever the user speaks. */
@Injectable()
export class SanctionsService {
  constructor(
    private readonly store: SanctionStore,
    private readonly users: UserStore,
    private readonly conversations: ConversationStore,
    private readonly permissions: PermissionsService,
    private readonly bus: EventBus,
  ) {}

  /**
   * Bans or mutes a user. Once this resolves, a banned user's sockets receive nothing more of the
   * conversation, on any node. CONVERSATION_NOT_FOUND, PERMISSION_DENIED, USER_NOT_FOUND.
   */
  async apply(identity: Identity, request: SanctionRequest): Promise<Sanction> {
    const { conversationId, userId, kind, durationMinutes } = request;
    await this.assertMaySanction(identity, conversationId, kind);
    const target = await this.users.find(userId);
    if (!target) throw new ChatError('USER_NOT_FOUND');
    const own = await this.rank(conversationId, identity.userId, identity.roles);
    const others = await this.rank(conversationId, userId, target.roles);
    if (userId === identity.userId || others >= own) throw new ChatError('PERMISSION_DENIED');
    await this.assertOutranks(own, await this.store.find(conversationId, userId, kind));
    const createdAt = new Date();
    const sanction: Sanction = {
      conversationId,
      userId,
      kind,
      moderatorId: identity.userId,
      createdAt,
      expiresAt:
        durationMinutes === 0 ? null : new Date(createdAt.getTime() + durationMinutes * MINUTE_MS),
    };
    const conversation = await this.conversations.find(conversationId);
    const isApplied = conversation !== null && (await this.store.put(sanction));
    if (!isApplied) throw new ChatError('CONVERSATION_NOT_FOUND');
    const { username } = target;
    await this.bus.publish('sanction.applied', { sanction, username, conversation });
    return sanction;
  }

  /** Moderators mute; to ban takes an administrator, or the conversation's owner. */
  private async assertMaySanction(
    identity: Identity,
    conversationId: ConversationId,
    kind: SanctionKind,
  ): Promise<void> {
    await this.permissions.assertMayRead(identity, conversationId);
    const mayDo =
      kind === 'ban'
        ? await this.permissions.owns(identity, conversationId)
        : await this.permissions.mayModerate(identity, conversationId);
    if (!mayDo) throw new ChatError('PERMISSION_DENIED');
  }

  /** What somebody of a higher rank has decided stays so. */
  private async assertOutranks(own: number, earlier: Sanction | null): Promise<void> {
    if (!earlier) return;
    const { conversationId, moderatorId } = earlier;
    const moderator = await this.users.find(moderatorId);
    const rank = await this.rank(conversationId, moderatorId, moderator?.roles ?? []);
    if (rank > own) throw new ChatError('PERMISSION_DENIED');
  }

  private async rank(
    conversationId: ConversationId,
    userId: UserId,
    roles: Iterable<Role>,
  ): Promise<number> {
    const role = await this.permissions.roleIn(conversationId, userId);
    return Math.max(RANKS[role ?? 'member'], ...[...roles].map((name) => RANKS[name]));
  }
}
