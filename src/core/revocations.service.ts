import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChatError } from './core.errors.js';
import { LIMITS } from './core.limits.js';
import { isAdmin, type Identity, type UserId } from './model/identity.js';
import type { NewRevocation, Revocation } from './model/revocation.js';
import type { Page } from './ports/conversation-store.js';
import { EventBus } from './ports/event-bus.js';
import { RevocationStore } from './ports/revocation-store.js';
import { RevocationList } from './revocation-list.js';
import { isBlank, isLongerThan } from './text.js';

/** One token by its `jti`, or those of a user: exactly one of the two. */
export interface RevocationRequest {
  readonly tokenId?: string | null | undefined;
  readonly userId?: UserId | null | undefined;
  /** Of a user: tokens issued until then. Default: now. */
  readonly before?: Date | null | undefined;
  /** Of one token: when it expires by itself. Default: never. */
  readonly expiresAt?: Date | null | undefined;
  readonly reason?: string | null | undefined;
}

const FORGET_EVERY_MS = 60_000;

/** Tokens that are taken back before they expire. Whether one is, is known without a query. */
@Injectable()
export class RevocationsService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Revocations');
  private readonly known = new RevocationList();
  private round: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: RevocationStore,
    private readonly bus: EventBus,
  ) {
    // Before what is stored is read: what is revoked meanwhile is in the one or in the other.
    bus.subscribe('tokens.revoked', ({ revocation }) => this.known.add(revocation));
  }

  /** Before the service listens: it lets nobody in on what another node has taken back. */
  async onModuleInit(): Promise<void> {
    for (const revoked of await this.store.inForce()) this.known.add(revoked);
    this.round = setInterval(() => void this.forgetExpired(), FORGET_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.round) clearInterval(this.round);
  }

  /** Whether the token that somebody comes with is revoked. */
  isRevoked(identity: Identity): boolean {
    return this.known.has(identity);
  }

  /**
   * Takes back one token, or those of a user. Once this resolves none of them is good for
   * anything, on any node, and the sockets that came with them are closed. For administrators,
   * of their own tokens too. PERMISSION_DENIED, VALIDATION_FAILED.
   */
  async revoke(identity: Identity, request: RevocationRequest): Promise<Revocation> {
    assertAdmin(identity);
    const revocation = await this.store.add(revocationOf(identity, request));
    const { id, tokenId, userId, before, reason, revokedBy } = revocation;
    this.logger.log({
      ...{ event: 'TOKENS_REVOKED', id, tokenId, userId, before, reason, revokedBy },
    });
    await this.bus.publish('tokens.revoked', { revocation });
    return revocation;
  }

  /** Newest first. PERMISSION_DENIED for all but administrators. */
  async list(
    identity: Identity,
    query: { cursor?: string; limit: number },
  ): Promise<Page<Revocation>> {
    assertAdmin(identity);
    return this.store.list(query);
  }

  private async forgetExpired(): Promise<void> {
    this.known.forgetExpired();
    try {
      await this.store.forgetExpired();
    } catch (error) {
      this.logger.warn({ event: 'REVOCATIONS_NOT_FORGOTTEN', error });
    }
  }
}

/** What is to be stored. VALIDATION_FAILED. */
function revocationOf(
  { userId: revokedBy }: Identity,
  {
    tokenId = null,
    userId = null,
    before = null,
    expiresAt = null,
    reason = null,
  }: RevocationRequest,
): NewRevocation {
  const now = new Date();
  if ((tokenId === null) === (userId === null)) {
    throw ChatError.invalid('jti', 'must be given, or userId instead: one of the two');
  }
  if (tokenId !== null && (tokenId === '' || tokenId.length > LIMITS.tokenIdLength)) {
    throw ChatError.invalid('jti', `must have 1 to ${LIMITS.tokenIdLength} characters`);
  }
  if (before && tokenId !== null) throw ChatError.invalid('before', 'belongs to userId');
  if (before && before > now) throw ChatError.invalid('before', 'must not be in the future');
  if (expiresAt && userId !== null) throw ChatError.invalid('expiresAt', 'belongs to jti');
  if (expiresAt && expiresAt <= now) throw ChatError.invalid('expiresAt', 'must be in the future');
  if (reason !== null) assertReason(reason);
  const until = userId === null ? null : (before ?? now);
  return { tokenId, userId, before: until, expiresAt, reason, revokedBy };
}

function assertReason(reason: string): void {
  if (isBlank(reason)) throw ChatError.invalid('reason', 'must not be blank');
  if (isLongerThan(reason, LIMITS.revocationReasonLength)) {
    throw ChatError.invalid(
      'reason',
      `must be at most ${LIMITS.revocationReasonLength} characters`,
    );
  }
}

function assertAdmin(identity: Identity): void {
  if (!isAdmin(identity)) throw new ChatError('PERMISSION_DENIED');
}
