import { Injectable } from '@nestjs/common';
import type { CoreEvents } from '../core/core.events.js';
import { isAmong } from '../core/model/revocation.js';
import { EventBus } from '../core/ports/event-bus.js';
import { Registry } from '../realtime/registry.js';

/** Ends this node's connections whose tokens are taken back, at once. */
@Injectable()
export class RevokedConnections {
  constructor(
    private readonly registry: Registry,
    bus: EventBus,
  ) {
    bus.subscribe('tokens.revoked', (event) => this.onRevoked(event));
  }

  private onRevoked({ revocation }: CoreEvents['tokens.revoked']): void {
    const { userId } = revocation;
    const { registry } = this;
    // Whose one token is, only its holder's connection knows.
    const asked = userId === null ? registry.connections() : registry.connectionsOf(userId);
    for (const connection of [...asked]) {
      if (isAmong(connection.identity, revocation)) connection.signOut?.();
    }
  }
}
