import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';

/** How keys of a key server are kept. Milliseconds. */
export interface KeyCaching {
  /**
   * How long a set that was just read is not read again for a `kid` that is not in it. Default 5 s:
   * so long a token of a brand-new key may be refused, and no oftener can made-up ids of keys have
   * the key server asked.
   */
  readonly cooldownMs?: number;
  /**
   * How long a set is used without asking again. Default 5 min: so long a withdrawn key stays
   * good, and no longer can the key server be away unnoticed.
   */
  readonly maxAgeMs?: number;
}

const COOLDOWN_MS = 5_000;
const MAX_AGE_MS = 5 * 60_000;
/** A key server that has just failed is left alone for as long. */
const PAUSE_MS = 1_000;

/**
 * The keys behind `url`, and nowhere else: nothing in a token's header says where keys are from.
 * One that is not there yet is asked for, one that is gone is no longer used once the set is read
 * anew.
 */
export const remoteKeys = (
  url: string,
  { cooldownMs = COOLDOWN_MS, maxAgeMs = MAX_AGE_MS }: KeyCaching = {},
): RemoteJWKSet =>
  createRemoteJWKSet(new URL(url), {
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    [customFetch]: unhurried(Math.min(PAUSE_MS, cooldownMs)),
  });

/** The cooldown counts from success: without this, each token would ask a server that fails. */
function unhurried(pauseMs: number): FetchImplementation {
  let nextAt = 0;
  return (url, options) => {
    const now = Date.now();
    if (now < nextAt) return Promise.reject(new Error('The key server has just been asked'));
    nextAt = now + pauseMs;
    return fetch(url, options);
  };
}
