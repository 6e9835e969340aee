import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';
import pg from 'pg';
import { startApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { someone, tokenFor } from '../support/tokens.js';

const LOCK = 'BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE';
const after = cleanups();

async function signedToken(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  return new SignJWT({ username: 'alice' })
    .setProtectedHeader({ alg: 'RS256', kid: 'some' })
    .setSubject('5')
    .setExpirationTime('1h')
    .sign(privateKey);
}

describe('a user who cannot be made out', () => {
  let keyServer: Server;
  beforeAll(async () => {
    // It takes every request, and answers none.
    keyServer = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => keyServer.once('listening', resolve));
  });
  afterAll(() => {
    keyServer.closeAllConnections();
    keyServer.close();
  });

  it('is not waited for longer than 10 s: UNAVAILABLE, and 1013', async () => {
    const app = await startApp();
    after.add(() => app.stop());
    const session = new pg.Client({ connectionString: app.database.url });
    await session.connect();
    after.add(() => session.end());
    await session.query(LOCK);
    const client = app.dialRaw(`/ws/chat?token=${await tokenFor(someone('alice'))}`);
    const late = app.dialRaw('/ws');
    await late.opened();
    late.send('auth', { token: await tokenFor(someone('carol')) });
    await client.opened();
    expect(await client.next('error')).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await client.closed()).code).toBe(1013);
    expect(await late.next('error')).toMatchObject({ code: 1000 });
    expect((await late.closed()).code).toBe(1013);

    await session.query('ROLLBACK');
    await app.salon(someone('bob'));
  });

  it('because the key server is silent is told to try again: UNAVAILABLE, and 1013', async () => {
    const { port } = keyServer.address() as AddressInfo;
    const app = await startApp({}, { jwksUrl: `http://127.0.0.1:${port}/jwks.json` });
    after.add(() => app.stop());
    const client = app.dialRaw(`/ws/chat?token=${await signedToken()}`);
    await client.opened();
    expect(await client.next('error')).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await client.closed()).code).toBe(1013);
  });
});
