import { Injectable } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import type { ConversationId, ParticipantRole } from './model/conversation.js';
import { isAdmin, isModerator, type Identity, type Role, type UserId } from './model/identity.js';
import type { Sanction, SanctionKind } from './model/sanction.js';
import type { User } from './model/user.js';
import { PermissionsService } from './permissions.service.js';
import { UserStore } from './ports/user-store.js';

/** Nobody acts on whom stands as high, or higher. */
const RANKS: Readonly<Record<Role, number>> = { user: 0, moderator: 3, admin: 4, superuser: 5 };
/** Whatever somebody is in a conversation, those of the service stand above. */
const RANKS_WITHIN: Readonly<Record<ParticipantRole, number>> = {
  member: 0,
  moderator: 1,
  owner: 2,
};

/** What moderators need to be allowed; a kick is none of the sanctions, as it does not last. */
export type Measure = SanctionKind | 'kick';

/** Of mutes and kicks every moderator decides; the rest takes an administrator, or the owner. */
const isForModerators = (measure: Measure): boolean => measure === 'mute' || measure === 'kick';

/** Who may act on whom. `conversationId` is null for what holds everywhere. */
@Injectable()
export class RolePolicy {
  constructor(
    private readonly users: UserStore,
    private readonly permissions: PermissionsService,
  ) {}

  /**
   * Returns the user to be acted on. PERMISSION_DENIED, also for oneself and for whom stands as
   * high; USER_NOT_FOUND, CONVERSATION_NOT_FOUND.
   */
  async assertMayAct(
    identity: Identity,
    conversationId: ConversationId | null,
    measure: Measure,
    userId: UserId,
  ): Promise<User> {
    await this.assertMayDecide(identity, conversationId, measure);
    const target = await this.users.find(userId);
    if (!target) throw new ChatError('USER_NOT_FOUND');
    const own = await this.rank(conversationId, identity.userId, identity.roles);
    const others = await this.rank(conversationId, userId, target.roles);
    if (userId === identity.userId || others >= own) throw new ChatError('PERMISSION_DENIED');
    return target;
  }

  /** What somebody of a higher rank has decided stays so. PERMISSION_DENIED. */
  async assertMayReplace(identity: Identity, earlier: Sanction | null): Promise<void> {
    if (!earlier) return;
    const { conversationId, moderatorId } = earlier;
    const moderator = await this.users.find(moderatorId);
    const theirs = await this.rank(conversationId, moderatorId, moderator?.roles ?? []);
    const own = await this.rank(conversationId, identity.userId, identity.roles);
    if (theirs > own) throw new ChatError('PERMISSION_DENIED');
  }

  private async assertMayDecide(
    identity: Identity,
    conversationId: ConversationId | null,
    measure: Measure,
  ): Promise<void> {
    const mayDecide = await this.mayDecide(identity, conversationId, isForModerators(measure));
    if (!mayDecide) throw new ChatError('PERMISSION_DENIED');
  }

  private async mayDecide(
    identity: Identity,
    conversationId: ConversationId | null,
    isModeratorEnough: boolean,
  ): Promise<boolean> {
    if (conversationId === null) {
      return isModeratorEnough ? isModerator(identity) : isAdmin(identity);
    }
    await this.permissions.assertMayRead(identity, conversationId);
    return isModeratorEnough
      ? this.permissions.mayModerate(identity, conversationId)
      : this.permissions.owns(identity, conversationId);
  }

  private async rank(
    conversationId: ConversationId | null,
    userId: UserId,
    roles: Iterable<Role>,
  ): Promise<number> {
    const role =
      conversationId === null ? null : await this.permissions.roleIn(conversationId, userId);
    return Math.max(RANKS_WITHIN[role ?? 'member'], ...[...roles].map((name) => RANKS[name]));
  }
}

/** For what is the business of the service's moderators alone. PERMISSION_DENIED. */
export function assertModerator(identity: Identity): void {
  if (!isModerator(identity)) throw new ChatError('PERMISSION_DENIED');
}
