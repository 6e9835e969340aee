import { Inject, Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { TokenCheck } from '../auth/token-check.js';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { BansService } from '../core/bans.service.js';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { Nodes } from '../core/ports/nodes.js';
import { networkOf } from '../core/model/network.js';
import { RevocationsService } from '../core/revocations.service.js';
import { UsersService } from '../core/users.service.js';
import { VisitorsService } from '../core/visitors.service.js';
import { SessionService } from '../session/session.service.js';
import type { Connection } from '../realtime/connection.js';
import { clientAddress } from './client-address.js';

/** A connection that can go on with another token. */
export interface Renewable {
  readonly identity: Identity;
  readonly address: string;
  renew(identity: Identity): void;
}

/** Who may connect, whatever the transport. */
@Injectable()
export class Admission {
  private readonly logger = new Logger('Admission');
  private draining = false;

  constructor(
    private readonly tokens: TokenCheck,
    private readonly revocations: RevocationsService,
    private readonly users: UsersService,
    private readonly bans: BansService,
    private readonly visitors: VisitorsService,
    private readonly session: SessionService,
    private readonly nodes: Nodes,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  /** From now on nobody new is let in. */
  drain(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * AUTH_FAILED, BANNED, RATE_LIMITED where the address brought too many bad tokens; UNAVAILABLE while
   * draining or without the database.
   */
  async identify(token: unknown, address: string): Promise<Identity> {
    this.assertAdmitting();
    await this.nodes.current();
    const identity = await this.tokens.verify(token, address);
    await this.bans.assertMayComeIn(identity.userId);
    await this.users.meet(identity);
    this.assertAdmitting();
    return identity;
  }

  /** Somebody without a token. UNAVAILABLE. */
  async identifyVisitor(address: string): Promise<Identity> {
    this.assertAdmitting();
    await this.nodes.current();
    return this.visitors.identify(address, networkOf(address));
  }

  /**
   * Goes on with a newer token of the same user; refused, the connection stays as it was.
   * AUTH_FAILED, UNAVAILABLE.
   */
  async renew(connection: Renewable, token: unknown): Promise<void> {
    const identity = await this.identify(token, connection.address);
    if (identity.userId !== connection.identity.userId) throw new ChatError('AUTH_FAILED');
    this.assertGood(identity);
    connection.renew(identity);
  }

  /**
   * Resolves when the connection gets everything that it is to get without asking. RATE_LIMITED;
   * AUTH_FAILED and BANNED where that came while there was nothing to close yet.
   */
  async open(connection: Connection): Promise<void> {
    await this.session.open(connection);
    this.assertGood(connection.identity);
    await this.bans.assertMayComeIn(connection.identity.userId);
  }

  /**
   * AUTH_FAILED. Asked once more of a connection that is registered, so that nothing is missed:
   * what is revoked from then on finds it there.
   */
  assertGood(identity: Identity): void {
    const isOver = identity.expiresAt <= Date.now();
    if (isOver || this.revocations.isRevoked(identity)) throw new ChatError('AUTH_FAILED');
  }

  close(connection: Connection, reason: string): void {
    this.session.close(connection, reason);
  }

  /** Logs why somebody was not let in. */
  note({ code, cause }: ChatError): void {
    if (code === 'INTERNAL') this.logger.error({ event: 'SESSION_NOT_OPENED', error: cause });
    else this.logger.debug({ event: 'WS_REFUSED', code });
  }

  addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.environment.TRUST_PROXY);
  }

  private assertAdmitting(): void {
    if (this.isDraining) throw new ChatError('UNAVAILABLE');
  }
}
