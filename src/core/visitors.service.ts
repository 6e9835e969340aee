import { createHmac, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { anonymousId, type Identity } from './model/identity.js';
import { KeyStore } from './ports/key-store.js';

/** What visitors without a token are called by: a pseudonym, or the address they come from. */
export const ANONYMOUS_NAME = Symbol('ANONYMOUS_NAME');
export type AnonymousName = 'pseudonym' | 'ip';

const HASH_LENGTH = 10;

/** Visitors without a token: each connection is one, and those of an address share their name. */
@Injectable()
export class VisitorsService {
  private key: Promise<Buffer> | null = null;

  constructor(
    private readonly keys: KeyStore,
    @Inject(ANONYMOUS_NAME) private readonly naming: AnonymousName,
  ) {}

  /**
   * `network` is what the address counts by: who shares it shares a pseudonym. UNAVAILABLE, as long
   * as the key of the pseudonyms has never been read.
   */
  async identify(address: string, network: string): Promise<Identity> {
    // Keyed: the addresses are few enough to try them all.
    const hash = createHmac('sha256', await this.readKey())
      .update(network)
      .digest('hex')
      .slice(0, HASH_LENGTH);
    return {
      userId: anonymousId(hash, randomUUID()),
      username: `Anonymous_${this.naming === 'ip' ? address : hash}`,
      roles: new Set(),
      expiresAt: Infinity,
      issuedAt: Infinity,
      tokenId: null,
    };
  }

  private readKey(): Promise<Buffer> {
    this.key ??= this.keys.read('anonymous-names').catch((error: unknown) => {
      this.key = null;
      throw error;
    });
    return this.key;
  }
}
