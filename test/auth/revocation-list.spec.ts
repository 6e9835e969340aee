import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../src/core/model/identity.js';
import type { RevokedTokens } from '../../src/core/model/revocation.js';
import { RevocationList } from '../../src/core/revocation-list.js';

const NOON = Date.parse('2030-01-31T12:00:00Z');

const somebody = (fields: Partial<Identity> = {}): Identity => ({
  ...{ userId: '1', username: 'alice', roles: new Set() },
  ...{ expiresAt: Infinity, issuedAt: NOON, tokenId: 'token' },
  ...fields,
});
const ofUser = (userId: string, before: number): RevokedTokens => ({
  ...{ tokenId: null, expiresAt: null },
  ...{ userId, before: new Date(before) },
});
const ofToken = (tokenId: string, expiresAt: number | null = null): RevokedTokens => ({
  ...{ userId: null, before: null, tokenId },
  expiresAt: expiresAt === null ? null : new Date(expiresAt),
});

afterEach(() => vi.useRealTimers());

describe('the list of what is revoked', () => {
  it('has nothing to begin with', () => {
    expect(new RevocationList().has(somebody())).toBe(false);
    expect(new RevocationList().has(somebody({ issuedAt: 0, tokenId: null }))).toBe(false);
  });

  it('has a user’s tokens until a moment, that moment included', () => {
    const list = new RevocationList();
    list.add(ofUser('1', NOON));
    expect(list.has(somebody({ issuedAt: NOON }))).toBe(true);
    expect(list.has(somebody({ issuedAt: NOON - 1 }))).toBe(true);
    expect(list.has(somebody({ issuedAt: 0 }))).toBe(true);
    expect(list.has(somebody({ issuedAt: NOON + 1 }))).toBe(false);
    expect(list.has(somebody({ userId: '2' }))).toBe(false);
  });

  it('has one token, whoever’s', () => {
    const list = new RevocationList();
    list.add(ofToken('token'));
    expect(list.has(somebody())).toBe(true);
    expect(list.has(somebody({ tokenId: 'another' }))).toBe(false);
    expect(list.has(somebody({ tokenId: null }))).toBe(false);
    expect(list.has(somebody({ userId: 'token', tokenId: null }))).toBe(false);
  });

  it('has no visitor, who came without a token', () => {
    const list = new RevocationList();
    list.add(ofUser('anonymous:x:y', NOON));
    const visitor = { userId: 'anonymous:x:y', issuedAt: Infinity, tokenId: null };
    expect(list.has(somebody(visitor))).toBe(false);
  });

  it('goes by what goes further, in whatever order it comes', () => {
    for (const moments of [
      [NOON, NOON - 1],
      [NOON - 1, NOON],
    ]) {
      const list = new RevocationList();
      for (const moment of moments) list.add(ofUser('1', moment));
      expect(list.has(somebody({ issuedAt: NOON, tokenId: null }))).toBe(true);
    }
    for (const ends of [
      [null, 1],
      [1, null],
    ]) {
      const list = new RevocationList();
      for (const end of ends) list.add(ofToken('token', end));
      expect(list.has(somebody())).toBe(true);
    }
  });

  it('has a token until that expires, and keeps nothing of it then', () => {
    vi.useFakeTimers({ now: NOON });
    const list = new RevocationList();
    list.add(ofToken('token', NOON + 1_000));
    list.add(ofToken('endless'));
    list.add(ofUser('1', NOON - 1));
    expect(list.has(somebody())).toBe(true);
    vi.setSystemTime(NOON + 1_000);
    expect(list.has(somebody())).toBe(false);
    expect(list.size).toBe(3);
    list.forgetExpired();
    expect(list.size).toBe(2);
    expect(list.has(somebody({ tokenId: 'endless' }))).toBe(true);
  });

  it('takes names that objects have for what they are', () => {
    const list = new RevocationList();
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(list.has(somebody({ userId: name, tokenId: name, issuedAt: 0 }))).toBe(false);
      list.add(ofToken(name));
      expect(list.has(somebody({ tokenId: name }))).toBe(true);
    }
  });
});
