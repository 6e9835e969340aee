import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { startApp, type TestApp } from '../support/app.js';

const ISSUER = 'https://id.example.org';
const AUDIENCE = 'causerie';
const verifyOptions = { issuer: ISSUER, audience: AUDIENCE };

interface Signing {
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
  readonly kid?: string;
  readonly issuer?: string;
  readonly audience?: string;
}

const sign = ({ alg, key, kid, issuer = ISSUER, audience = AUDIENCE }: Signing) =>
  new SignJWT({ username: 'alice' })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .setSubject('5')
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime('1h')
    .sign(key);

async function outcome(app: TestApp, token: string): Promise<unknown> {
  const client = app.dial(token, { transports: ['websocket'], reconnection: false });
  const answer = await Promise.race([
    client.connected().then(() => 'accepted'),
    client.refused().then((error) => error.data),
  ]).catch((error: unknown) => (error as { data?: unknown }).data);
  client.close();
  return answer;
}

const REFUSED = { code: 'AUTH_FAILED' };

describe.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a public key for %s', (alg) => {
  let app: TestApp;
  let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
  let pem: string;

  beforeAll(async () => {
    keys = await generateKeyPair(alg, { extractable: true });
    pem = await exportSPKI(keys.publicKey);
    // As it often stands in an environment variable.
    const publicKey = pem.replaceAll('\n', '\\n');
    app = await startApp({}, { publicKey, verifyOptions });
  });
  afterAll(() => app.stop());

  it('lets in what its private half signed, for this issuer and audience', async () => {
    const signing = { alg, key: keys.privateKey };
    expect(await outcome(app, await sign(signing))).toBe('accepted');
    expect(await outcome(app, await sign({ ...signing, issuer: 'https://evil.example' }))).toEqual(
      REFUSED,
    );
    expect(await outcome(app, await sign({ ...signing, audience: 'other' }))).toEqual(REFUSED);
  });

  it('is never taken for an HMAC secret', async () => {
    for (const text of [pem, pem.trim(), pem.replaceAll('\n', '\\n')]) {
      const forged = await sign({ alg: 'HS256', key: new TextEncoder().encode(text) });
      expect(await outcome(app, forged)).toEqual(REFUSED);
    }
  });

  it('refuses another key of its kind', async () => {
    const other = await generateKeyPair(alg);
    expect(await outcome(app, await sign({ alg, key: other.privateKey }))).toEqual(REFUSED);
  });
});

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;

describe('a JWKS', () => {
  let app: TestApp;
  let keyServer: Server;
  let served: JWK[] = [];
  let isDown = false;
  const keyPairs = new Map<string, CryptoKey>();

  /** Makes a key and serves it from now on. */
  async function addKey(alg: string, kid: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    keyPairs.set(kid, privateKey);
    served = [...served, { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' }];
  }
  function signWith(alg: string, kid: string): Promise<string> {
    const key = keyPairs.get(kid);
    if (!key) throw new Error(`No such key: ${kid}`);
    return sign({ alg, kid, key });
  }

  beforeAll(async () => {
    await addKey('RS256', 'first');
    await addKey('ES256', 'second');
    keyServer = createServer((_, response) => {
      if (isDown) response.writeHead(503).end();
      else
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ keys: served }));
    });
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    app = await startApp({}, { jwksUrl: urlOf(keyServer), verifyOptions });
  });
  afterAll(async () => {
    await app.stop();
    keyServer.closeAllConnections();
    await new Promise((resolve) => keyServer.close(resolve));
  });

  it('lets in what any of its keys signed, and nothing else', async () => {
    expect(await outcome(app, await signWith('RS256', 'first'))).toBe('accepted');
    expect(await outcome(app, await signWith('ES256', 'second'))).toBe('accepted');
    const stranger = await generateKeyPair('RS256');
    const forged = await sign({ alg: 'RS256', kid: 'first', key: stranger.privateKey });
    expect(await outcome(app, forged)).toEqual(REFUSED);
    const unknown = await sign({ alg: 'RS256', kid: 'nobody', key: stranger.privateKey });
    expect(await outcome(app, unknown)).toEqual(REFUSED);
    const shared = await sign({ alg: 'HS256', kid: 'first', key: new Uint8Array(32) });
    expect(await outcome(app, shared)).toEqual(REFUSED);
  });

  it('that cannot be read is the service’s trouble, not the token’s: the client comes back', async () => {
    isDown = true;
    // Keys are kept: only one that is not known yet is asked for.
    const fresh = await startApp({}, { jwksUrl: urlOf(keyServer), verifyOptions });
    const asked = new Promise((resolve) => keyServer.once('request', resolve));
    const client = fresh.dial(await signWith('RS256', 'first'), { reconnectionDelay: 50 });
    await asked;
    expect(client.socket.connected).toBe(false);
    isDown = false;
    // Rejects if the server ever said AUTH_FAILED.
    await client.connected();
    await fresh.stop();
  });
});
