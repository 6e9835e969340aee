import type { NewRevocation, Revocation, RevokedTokens } from '../model/revocation.js';
import type { Page } from './conversation-store.js';

export abstract class RevocationStore {
  /** Stands in the audit trail. */
  abstract add(revocation: NewRevocation): Promise<Revocation>;
  /** Newest first. */
  abstract list(query: { cursor?: string; limit: number }): Promise<Page<Revocation>>;
  /** All that is revoked now; of each token, and of each user, once: as far as it goes. */
  abstract inForce(): Promise<readonly RevokedTokens[]>;
  /** Deletes those of tokens that have expired by now. */
  abstract forgetExpired(): Promise<void>;
}
