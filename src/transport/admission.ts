import { Inject, Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { TokenCheck } from '../auth/token-check.js';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { BansService } from '../core/bans.service.js';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { networkOf } from '../core/model/network.js';
import { UsersService } from '../core/users.service.js';
import { VisitorsService } from '../core/visitors.service.js';
import { SessionService } from '../session/session.service.js';
import type { Connection } from '../realtime/connection.js';
import { clientAddress } from './client-address.js';

/** Who may connect, whatever the transport. */
@Injectable()
export class Admission {
  private readonly logger = new Logger('Admission');
  private draining = false;

  constructor(
    private readonly tokens: TokenCheck,
    private readonly users: UsersService,
    private readonly bans: BansService,
    private readonly visitors: VisitorsService,
    private readonly session: SessionService,
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
    const identity = await this.tokens.verify(token, address);
    await this.bans.assertMayComeIn(identity.userId);
    await this.users.meet(identity);
    this.assertAdmitting();
    return identity;
  }

  /** Somebody without a token. UNAVAILABLE. */
  async identifyVisitor(address: string): Promise<Identity> {
    this.assertAdmitting();
    return this.visitors.identify(address, networkOf(address));
  }

  /** Resolves when the connection gets everything that it is to get without asking. BANNED, RATE_LIMITED. */
  async open(connection: Connection): Promise<void> {
    await this.session.open(connection);
    // A ban that came while nobody could be shut out yet.
    await this.bans.assertMayComeIn(connection.identity.userId);
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
