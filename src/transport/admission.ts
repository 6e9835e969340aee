import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { TokenVerifier } from '../auth/token-verifier.js';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { UsersService } from '../core/users.service.js';
import { SessionService } from '../session/session.service.js';
import type { Connection } from '../realtime/connection.js';
import { clientAddress } from './client-address.js';

/** What a dialect does for a newcomer before its conversations are read. */
export type Welcome = (identity: Identity) => Promise<void>;

/** Who may connect, whatever the transport. */
@Injectable()
export class Admission {
  private draining = false;

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly users: UsersService,
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

  /** AUTH_FAILED; UNAVAILABLE while draining or without the database. */
  async identify(token: unknown): Promise<Identity> {
    this.assertAdmitting();
    const identity = await this.tokens.verify(token);
    await this.users.meet(identity);
    this.assertAdmitting();
    return identity;
  }

  /** Resolves when the connection gets everything that it is to get without asking. */
  async open(connection: Connection, welcome?: Welcome): Promise<void> {
    await welcome?.(connection.identity);
    await this.session.open(connection);
  }

  close(connection: Connection, reason: string): void {
    this.session.close(connection, reason);
  }

  addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.environment.TRUST_PROXY);
  }

  private assertAdmitting(): void {
    if (this.isDraining) throw new ChatError('UNAVAILABLE');
  }
}
