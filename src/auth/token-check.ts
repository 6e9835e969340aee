import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ChatError } from '../core/core.errors.js';
import type { Identity } from '../core/model/identity.js';
import { networkOf } from '../core/model/network.js';
import { SendLimiter } from '../core/ports/send-limiter.js';
import { TokenVerifier } from './token-verifier.js';

/** The name by which the limiter counts tokens that turned out bad. */
const BAD_TOKENS = 'bad-tokens';
const MAX_REMEMBERED = 10_000;

/**
 * Verifies tokens and counts the bad ones of each address. Beyond the limit a good token passes
 * as ever; a bad one is told to wait, and until then refused without being looked at again.
 */
@Injectable()
export class TokenCheck {
  /** When a token may be brought again: milliseconds since the epoch, by address and digest. */
  private readonly refused = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(
    private readonly tokens: TokenVerifier,
    private readonly limiter: SendLimiter,
  ) {}

  /** AUTH_FAILED, UNAVAILABLE; RATE_LIMITED for a bad one of too many. */
  async verify(token: unknown, address: string): Promise<Identity> {
    const network = networkOf(address);
    this.assertMayTry(token, network);
    try {
      return await this.tokens.verify(token);
    } catch (error) {
      const isBad = error instanceof ChatError && error.code === 'AUTH_FAILED';
      if (isBad && isGiven(token)) await this.count(token, network);
      throw error;
    }
  }

  private assertMayTry(token: unknown, network: string): void {
    // Most of the time there are none, and nothing is to be computed.
    if (this.refused.size === 0 || typeof token !== 'string') return;
    const wait = (this.refused.get(keyOf(network, token)) ?? 0) - Date.now();
    if (wait > 0) throw new ChatError('RATE_LIMITED', { retryAfter: Math.ceil(wait / 1_000) });
  }

  private async count(token: unknown, network: string): Promise<void> {
    try {
      await this.limiter.take(BAD_TOKENS, network);
    } catch (error) {
      if (error instanceof ChatError && typeof token === 'string') {
        const { retryAfter = 1 } = error;
        this.refused.set(keyOf(network, token), Date.now() + retryAfter * 1_000);
      }
      throw error;
    }
  }
}

const isGiven = (token: unknown): boolean => token !== undefined && token !== null && token !== '';

const keyOf = (network: string, token: string): string =>
  `${network} ${createHash('sha256').update(token).digest('base64')}`;
