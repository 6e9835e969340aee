import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { from } from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';
import {
  counted,
  DOORS,
  isIn,
  LIVE,
  newAddress,
  POLLING,
  type Door,
  type Visit,
} from './support/doors.js';

const LIMIT = 3;
const after = cleanups();
let app: TestApp;

async function come(door: Door, address: string): Promise<Visit> {
  const visit = await door.knock(app, address);
  if (isIn(visit)) after.add(() => visit.leave());
  return visit;
}

describe(`${LIMIT} connections of one address`, () => {
  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '1', MAX_CONNECTIONS_PER_ADDRESS: String(LIMIT) });
  });
  afterAll(() => app.stop());

  it.each(DOORS.map((door) => [door.name, door] as const))(
    'are let in at %s, and one more is 429 with Retry-After',
    async (_, door) => {
      const address = newAddress();
      const visits = [];
      for (const _visit of range(1, LIMIT)) visits.push(await come(door, address));
      expect(visits.every(isIn)).toBe(true);
      for (const _visit of range(1, 3)) {
        expect(await come(door, address)).toMatchObject({ status: 429, retryAfter: 5 });
      }
      // Others come in as ever.
      expect(isIn(await come(door, newAddress()))).toBe(true);
    },
  );

  it.each(DOORS.map((door) => [door.name, door] as const))(
    'come back at %s when one ends',
    async (_, door) => {
      await counted(app, { connections: 0 });
      const address = newAddress();
      const first = await come(door, address);
      for (const _visit of range(2, LIMIT)) await come(door, address);
      expect((await come(door, address)).status).toBe(429);
      await first.leave();
      await counted(app, { connections: LIMIT - 1 });
      expect(isIn(await come(door, address))).toBe(true);
      expect((await come(door, address)).status).toBe(429);
    },
  );

  it('are counted over all doors together', async () => {
    const address = newAddress();
    for (const door of DOORS.slice(0, LIMIT)) expect(isIn(await come(door, address))).toBe(true);
    for (const door of DOORS) expect((await come(door, address)).status).toBe(429);
  });

  it('are those of an IPv6 /64', async () => {
    const network = '2001:db8:1:2';
    for (const n of range(1, LIMIT)) {
      expect(isIn(await come(LIVE, `${network}:${n}::${n}`))).toBe(true);
    }
    expect((await come(POLLING, `${network}:ffff:ffff:ffff:ffff`)).status).toBe(429);
    expect(isIn(await come(POLLING, '2001:db8:1:3::1'))).toBe(true);
  });

  it('are those of an IPv4 address, however it is written', async () => {
    const address = newAddress();
    for (const written of [address, `::ffff:${address}`, `${address}:4711`]) {
      expect(isIn(await come(LIVE, written))).toBe(true);
    }
    expect((await come(LIVE, address)).status).toBe(429);
  });

  it('are of those that nobody can write into the header himself', async () => {
    const address = newAddress();
    for (const n of range(1, LIMIT)) await come(LIVE, `192.0.2.${n}, ${address}`);
    expect((await come(LIVE, `192.0.2.200, ${address}`)).status).toBe(429);
  });

  it('are one for each socket.io client, whatever namespaces it is in', async () => {
    const address = newAddress();
    const user = someone('manager');
    const extraHeaders = from(address).headers as Record<string, string>;
    const clients = [];
    for (const _ of range(1, LIMIT)) {
      const client = await app.connect(user, { extraHeaders });
      after.add(() => client.close());
      const other = client.socket.io.socket('/', { auth: client.socket.auth as object });
      await new Promise((resolve, reject) => {
        other.once('connect', () => resolve(undefined));
        other.once('connect_error', reject);
      });
      clients.push(client);
    }
    expect((await come(POLLING, address)).status).toBe(429);
    for (const client of clients) await client.expect('conversation:list');
  });

  it('do not keep anybody from asking how the service is', async () => {
    const headers = { 'x-forwarded-for': newAddress() };
    for (const _ of range(1, LIMIT)) await come(LIVE, headers['x-forwarded-for']);
    for (const path of ['/health/live', '/health/ready']) {
      for (const _ of range(1, 10)) {
        expect((await fetch(app.url + path, { headers })).status).toBe(200);
      }
    }
  });
});
