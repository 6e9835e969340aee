import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ENVIRONMENT } from '../config/config.module.js';
import type { Environment } from '../config/environment.js';
import { ChatError } from '../core/core.errors.js';
import { networkOf } from '../core/model/network.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import { clientAddress } from './client-address.js';
import { Pass } from './pass.js';
import { Tally } from './tally.js';

/** The name by which the limiter counts new connections. */
const CONNECTIONS = 'connections';
/** Of all handshakes under way, those of one address: a few addresses must not keep out the rest. */
const SHARE = 1 / 20;
/** Seconds after which a place may have become free. */
const PLACE_FREE_AFTER = 5;
const LOG_EVERY_MS = 60_000;

type Reason = 'connections' | 'handshakes' | 'rate';

/** Counts those who connect, whatever the transport, before anything else is done for them. */
@Injectable()
export class ConnectionGate {
  private readonly logger = new Logger('ConnectionGate');
  private readonly connections = new Tally();
  private readonly handshakes = new Tally();
  private readonly logged = new LRUCache<string, true>({ max: 10_000, ttl: LOG_EVERY_MS });

  constructor(
    private readonly limiter: SendLimiter,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  /** Connections on this node, and those among them whose user is not known yet. */
  get counts(): { readonly connections: number; readonly handshakes: number } {
    return { connections: this.connections.total, handshakes: this.handshakes.total };
  }

  /** `carrier` is what the handshake came over: its `close` ends what was begun. RATE_LIMITED. */
  async enter(request: IncomingMessage, carrier: EventEmitter): Promise<Pass> {
    const network = networkOf(clientAddress(request, this.environment.TRUST_PROXY));
    const obstacle = this.obstacleTo(network);
    if (obstacle) {
      this.note(obstacle, network);
      throw new ChatError('RATE_LIMITED', { retryAfter: PLACE_FREE_AFTER });
    }
    // Counted before anything is waited for: many may come at once.
    const pass = new Pass(network, this.connections, this.handshakes);
    carrier.once('close', () => pass.abandon());
    try {
      await this.limiter.take(CONNECTIONS, network);
      return pass;
    } catch (error) {
      pass.leave();
      this.note('rate', network);
      throw error;
    }
  }

  private obstacleTo(network: string): Reason | null {
    const { MAX_CONNECTIONS_PER_ADDRESS, MAX_PENDING_HANDSHAKES } = this.environment;
    if (this.connections.of(network) >= MAX_CONNECTIONS_PER_ADDRESS) return 'connections';
    const isBusy = this.handshakes.total >= MAX_PENDING_HANDSHAKES;
    const hasItsShare = this.handshakes.of(network) >= Math.floor(MAX_PENDING_HANDSHAKES * SHARE);
    return isBusy || hasItsShare ? 'handshakes' : null;
  }

  private note(reason: Reason, address: string): void {
    if (this.logged.has(address)) return;
    this.logged.set(address, true);
    this.logger.warn({ event: 'CONNECTIONS_REFUSED', reason, address, ...this.counts });
  }
}
