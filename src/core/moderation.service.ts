import { Injectable } from '@nestjs/common';
import type { ConversationId } from './model/conversation.js';
import type { Identity, UserId } from './model/identity.js';
import type { AuditEntry } from './model/audit.js';
import type { Sanction, SanctionKind } from './model/sanction.js';
import { KicksService } from './kicks.service.js';
import { AuditLog, type AuditQuery } from './ports/audit-log.js';
import type { Page } from './ports/conversation-store.js';
import { assertModerator } from './role-policy.js';
import { SanctionsService } from './sanctions.service.js';

export type ModerationCommand = SanctionKind | 'kick' | `un${SanctionKind}`;

/** What a moderator may ask for, by name. */
export const MODERATION_COMMANDS: readonly ModerationCommand[] = [
  'ban',
  'mute',
  'shadow',
  'kick',
  'unban',
  'unmute',
  'unshadow',
];

export interface ModerationRequest {
  readonly action: ModerationCommand;
  /** Null for everywhere. */
  readonly conversationId: ConversationId | null;
  readonly userId: UserId;
  /** 0 for one without an end. */
  readonly durationMinutes?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What was done. */
export interface Moderation extends Pick<
  Sanction,
  'conversationId' | 'userId' | 'moderatorId' | 'reason' | 'expiresAt'
> {
  readonly action: ModerationCommand;
  /** Of the sanction; null for a kick, which does not last. */
  readonly id: number | null;
  readonly createdAt: Date;
}

const LIFTS = { unban: 'ban', unmute: 'mute', unshadow: 'shadow' } as const;

const isLift = (action: ModerationCommand): action is keyof typeof LIFTS => action in LIFTS;

/** Everything moderators do to users, by one word; and the trail it leaves. */
@Injectable()
export class ModerationService {
  constructor(
    private readonly sanctions: SanctionsService,
    private readonly kicks: KicksService,
    private readonly audit: AuditLog,
  ) {}

  /** As `SanctionsService.apply` and `.lift`, and `KicksService.kick`. */
  async act(identity: Identity, request: ModerationRequest): Promise<Moderation> {
    const { action, conversationId, userId, durationMinutes, reason = null } = request;
    if (action === 'kick') {
      const { at, ...kick } = await this.kicks.kick(identity, { conversationId, userId, reason });
      return { ...kick, action, id: null, createdAt: at };
    }
    if (isLift(action)) {
      const kind = LIFTS[action];
      const which = { conversationId, userId, kind };
      const lifted = await this.sanctions.lift(identity, which, reason);
      return { ...lifted, action, moderatorId: identity.userId, reason };
    }
    const sanction = await this.sanctions.apply(identity, {
      conversationId,
      userId,
      kind: action,
      durationMinutes: durationMinutes ?? 0,
      reason,
    });
    return { ...sanction, action };
  }

  /** Newest first. PERMISSION_DENIED for all but moderators of the service. */
  trail(identity: Identity, query: AuditQuery): Promise<Page<AuditEntry>> {
    assertModerator(identity);
    return this.audit.list(query);
  }
}
