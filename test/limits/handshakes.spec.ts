import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';
import {
  counted,
  DOORS,
  isIn,
  newAddress,
  POLLING,
  SALON,
  VEZA_SIGN_IN,
  WEBSOCKET,
  type Door,
  type Visit,
} from './support/doors.js';

const LIMIT = 60;
const SHARE = LIMIT / 20;

let app: TestApp;
const visits: Visit[] = [];
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '1', MAX_PENDING_HANDSHAKES: String(LIMIT) });
});
afterEach(async () => {
  for (const visit of visits.splice(0)) await visit.leave();
  await counted(app, { connections: 0, handshakes: 0 });
});
afterAll(() => app.stop());

async function come(door: Door, address: string): Promise<Visit> {
  const visit = await door.knock(app, address);
  if (isIn(visit)) visits.push(visit);
  return visit;
}

describe('handshakes whose user is not known yet', () => {
  it.each([POLLING, WEBSOCKET, VEZA_SIGN_IN].map((door) => [door.name, door] as const))(
    'are a twentieth of the limit for each address, at %s',
    async (_, door) => {
      const address = newAddress();
      for (const _visit of range(1, SHARE)) expect(isIn(await come(door, address))).toBe(true);
      for (const other of DOORS) {
        expect(await come(other, address)).toMatchObject({ status: 429, retryAfter: 5 });
      }
      expect(isIn(await come(SALON, newAddress()))).toBe(true);
    },
  );

  it('are as many as the limit says, of all addresses', async () => {
    for (const _ of range(1, LIMIT / SHARE)) {
      const address = newAddress();
      for (const _visit of range(1, SHARE)) await come(VEZA_SIGN_IN, address);
    }
    for (const door of DOORS) {
      expect(await come(door, newAddress())).toMatchObject({ status: 429, retryAfter: 5 });
    }
    await visits.pop()?.leave();
    await counted(app, { handshakes: LIMIT - 1 });
    expect(isIn(await come(SALON, newAddress()))).toBe(true);
  });

  it('do not count those whose user is known', async () => {
    const address = newAddress();
    for (const _ of range(1, LIMIT)) expect(isIn(await come(SALON, address))).toBe(true);
    await counted(app, { connections: LIMIT, handshakes: 0 });
  });

  it('do not keep out who was let in before', async () => {
    const address = newAddress();
    const headers = { 'x-forwarded-for': address };
    const client = app.dialRaw('/ws', { headers });
    await client.opened();
    for (const _ of range(2, SHARE)) await come(VEZA_SIGN_IN, address);
    expect((await come(VEZA_SIGN_IN, address)).status).toBe(429);
    await client.request('auth', { token: await tokenFor(someone('first')) }, 'auth_success');
    expect(isIn(await come(VEZA_SIGN_IN, address))).toBe(true);
    client.close();
  });
});
