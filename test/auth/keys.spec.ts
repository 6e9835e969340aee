import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { TokenVerifier } from '../../src/auth/token-verifier.js';
import { asChatError } from '../../src/core/core.errors.js';
import { startApp, type TestApp } from '../support/app.js';
import { KeyServer, sign } from './support/key-server.js';

/** Long enough for a test to do something within it, and short enough to wait for. */
const COOLDOWN_MS = 800;
const MAX_AGE_MS = 2_000;

let keys: KeyServer;
let app: TestApp;

const start = async (jwksCaching?: { cooldownMs: number; maxAgeMs: number }): Promise<void> => {
  keys = await KeyServer.start();
  await keys.add('first');
  app = await startApp({}, { jwksUrl: keys.url, ...(jwksCaching && { jwksCaching }) });
};
const stop = async (): Promise<void> => {
  await app.stop();
  await keys.stop();
};

/** As every way into the service asks. */
const outcome = (token: string): Promise<string> =>
  app
    .get(TokenVerifier)
    .verify(token)
    .then(
      () => 'accepted',
      (error: unknown) => asChatError(error).code,
    );

/** Asks as often as it likes; expects the server to have been asked once in a cooldown at most. */
async function expectPatience(ask: () => Promise<void>): Promise<void> {
  const begun = Date.now();
  await ask();
  const cooldowns = (Date.now() - begun) / COOLDOWN_MS;
  expect(keys.requests.length).toBeLessThanOrEqual(1 + cooldowns);
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('keys that come and go', () => {
  beforeAll(() => start({ cooldownMs: COOLDOWN_MS, maxAgeMs: MAX_AGE_MS }));
  afterAll(stop);
  beforeEach(async () => {
    // A set that was just read: what is not in it is not asked for before the cooldown is over.
    await pass(MAX_AGE_MS);
    expect(await outcome(await keys.sign('first'))).toBe('accepted');
    keys.requests.length = 0;
  });

  it('one that appears is fetched when the first token of it comes', async () => {
    await pass(COOLDOWN_MS);
    await keys.add('second', 'RS256');
    expect(await outcome(await keys.sign('second', 'RS256'))).toBe('accepted');
    expect(keys.requests).toEqual(['/jwks.json']);
    // Those before it go on.
    expect(await outcome(await keys.sign('first'))).toBe('accepted');
    expect(keys.requests).toHaveLength(1);
  });

  it('one that appears right after the set was read is good after the cooldown', async () => {
    await keys.add('third');
    const token = await keys.sign('third');
    expect(await outcome(token)).toBe('AUTH_FAILED');
    expect(keys.requests).toEqual([]);
    await pass(COOLDOWN_MS);
    expect(await outcome(token)).toBe('accepted');
  });

  it('one that is gone is good no longer once the set has its age', async () => {
    await keys.add('withdrawn');
    await pass(COOLDOWN_MS);
    const token = await keys.sign('withdrawn');
    expect(await outcome(token)).toBe('accepted');
    keys.remove('withdrawn');
    expect(await outcome(token)).toBe('accepted');
    await pass(MAX_AGE_MS);
    expect(await outcome(token)).toBe('AUTH_FAILED');
    expect(await outcome(await keys.sign('first'))).toBe('accepted');
  });

  it('made-up ids of keys do not have the server asked more than once in a cooldown', async () => {
    await pass(COOLDOWN_MS);
    const { privateKey } = await generateKeyPair('ES256');
    const made = async (n: number) =>
      outcome(await sign({ alg: 'ES256', key: privateKey, header: { kid: `made-up-${n}` } }));
    await expectPatience(async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => made(n)));
      for (let n = 50; n < 70; n++) outcomes.push(await made(n));
      expect(new Set(outcomes)).toEqual(new Set(['AUTH_FAILED']));
    });
  });

  it('a server that fails is not asked for every token either', async () => {
    await pass(MAX_AGE_MS);
    keys.isDown = true;
    await expectPatience(async () => {
      for (let n = 0; n < 50; n++) {
        expect(await outcome(await keys.sign('first'))).toBe('UNAVAILABLE');
      }
    });
    keys.isDown = false;
    await pass(COOLDOWN_MS);
    expect(await outcome(await keys.sign('first'))).toBe('accepted');
  });
});

describe('what a token says of its key', () => {
  let stranger: { publicKey: CryptoKey; privateKey: CryptoKey };
  let strangers: KeyServer;
  let jwk: JWK;
  beforeAll(async () => {
    await start();
    strangers = await KeyServer.start();
    stranger = await generateKeyPair('ES256', { extractable: true });
    jwk = { ...(await exportJWK(stranger.publicKey)), alg: 'ES256', kid: 'first' };
    strangers.serve(jwk);
    expect(await outcome(await keys.sign('first'))).toBe('accepted');
  });
  afterAll(async () => {
    await stop();
    await strangers.stop();
  });

  const forged = (header: Record<string, unknown>) =>
    sign({ alg: 'ES256', key: stranger.privateKey, header });

  it.each<[string, () => Record<string, unknown>]>([
    ['jku', () => ({ jku: strangers.url })],
    ['x5u', () => ({ x5u: strangers.url })],
    ['jwk', () => ({ jwk })],
    ['x5c', () => ({ x5c: [Buffer.from('a certificate').toString('base64')] })],
    ['all of them', () => ({ jku: strangers.url, x5u: strangers.url, jwk })],
  ])('in %s is ignored', async (_, fields) => {
    const own = await calculateJwkThumbprint(jwk);
    for (const kid of ['first', own, undefined]) {
      const header = kid === undefined ? fields() : { ...fields(), kid };
      expect(await outcome(await forged(header))).toBe('AUTH_FAILED');
    }
    expect(strangers.requests).toEqual([]);
  });

  it('does not keep a token of ours from being taken', async () => {
    const token = await keys.sign('first');
    expect(await outcome(token)).toBe('accepted');
  });

  it('as a `kid` is a name, and neither path nor address', async () => {
    const kids = [
      strangers.url,
      '../../jwks.json',
      '/etc/passwd',
      `${strangers.url}#first`,
      'file:///dev/null',
      '__proto__',
      'constructor',
      "first' OR '1'='1",
      'x'.repeat(4_000),
      '',
    ];
    for (const kid of kids) expect(await outcome(await forged({ kid }))).toBe('AUTH_FAILED');
    expect(strangers.requests).toEqual([]);
    expect(new Set(keys.requests)).toEqual(new Set(['/jwks.json']));
  });

  it('as a `kid` that is no text is refused', async () => {
    for (const kid of [5, null, {}, ['first'], true]) {
      const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const [, payload, signature] = (await keys.sign('first')).split('.');
      const token = `${encoded({ alg: 'ES256', kid })}.${payload}.${signature}`;
      expect(await outcome(token)).toBe('AUTH_FAILED');
    }
  });
});

describe('algorithms', () => {
  const secret = new Uint8Array(32).fill(7);
  beforeAll(async () => {
    await start();
    for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']) await keys.add(alg, alg);
    const k = Buffer.from(secret).toString('base64url');
    keys.serve({ kty: 'oct', k, alg: 'HS256', kid: 'shared', use: 'sig' });
  });
  afterAll(stop);

  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('%s is taken of a set', async (alg) => {
    expect(await outcome(await keys.sign(alg, alg))).toBe('accepted');
  });

  it('HMAC never is, not even where the set has a shared secret in it', async () => {
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const token = await sign({ alg, key: new Uint8Array(64).fill(7), header: { kid: 'shared' } });
      expect(await outcome(token)).toBe('AUTH_FAILED');
    }
    const token = await sign({ alg: 'HS256', key: secret, header: { kid: 'shared' } });
    expect(await outcome(token)).toBe('AUTH_FAILED');
  });

  it('a public key is no HMAC secret, however it is written', async () => {
    const jwk = keys.publicKey('RS256');
    const key = createPublicKey({ key: jwk as never, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();
    const der = key.export({ type: 'spki', format: 'der' });
    const texts = [pem, pem.trim(), JSON.stringify(jwk), String(jwk.n)];
    for (const bytes of [...texts.map((text) => new TextEncoder().encode(text)), der]) {
      const token = await sign({ alg: 'HS256', key: bytes, header: { kid: 'RS256' } });
      expect(await outcome(token)).toBe('AUTH_FAILED');
    }
  });

  it('`none` never is, in whatever spelling', async () => {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload, signature] = (await keys.sign('first')).split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined, null]) {
      for (const kid of ['first', undefined]) {
        const head = encoded({ alg, kid });
        expect(await outcome(`${head}.${payload}.`)).toBe('AUTH_FAILED');
        expect(await outcome(`${head}.${payload}.${signature}`)).toBe('AUTH_FAILED');
      }
    }
  });

  it('a key is good for its own algorithm alone', async () => {
    const { privateKey } = await generateKeyPair('PS256', { extractable: true });
    const other = await sign({ alg: 'PS256', key: privateKey, header: { kid: 'RS256' } });
    expect(await outcome(other)).toBe('AUTH_FAILED');
    const swapped = await sign({ alg: 'PS256', key: privateKey, header: { kid: 'ES256' } });
    expect(await outcome(swapped)).toBe('AUTH_FAILED');
  });

  it('of a secret are those with a secret', async () => {
    const own = await startApp();
    const verify = (token: string) => own.get(TokenVerifier).verify(token);
    const token = await keys.sign('RS256', 'RS256');
    await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    await own.stop();
  });
});
