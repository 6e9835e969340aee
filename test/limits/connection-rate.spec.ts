import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';
import { within } from '../support/patience.js';
import { DOORS, isIn, LIVE, newAddress, POLLING, RELAY } from './support/doors.js';

const LIMIT = 3;
const SECONDS = 2;
const after = cleanups();

describe(`${LIMIT} new connections of one address in ${SECONDS} seconds`, () => {
  let app: TestApp;
  beforeAll(async () => {
    const RATE_LIMIT_CONNECTIONS = `${LIMIT}/${SECONDS}s`;
    app = await startApp({ TRUST_PROXY: '1', RATE_LIMIT_CONNECTIONS });
  });
  afterAll(() => app.stop());

  it.each(DOORS.map((door) => [door.name, door] as const))(
    'are let in at %s, whether they stay or not; one more is 429 with Retry-After',
    async (_, door) => {
      const address = newAddress();
      for (const _visit of range(1, LIMIT)) {
        const visit = await door.knock(app, address);
        expect(isIn(visit)).toBe(true);
        await visit.leave();
      }
      const { status, retryAfter } = await door.knock(app, address);
      expect(status).toBe(429);
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(SECONDS);
      const other = await door.knock(app, newAddress());
      expect(isIn(other)).toBe(true);
      await other.leave();
    },
  );

  it.each([['polling'], ['websocket']])(
    'send a socket.io client away that comes by %s, and it comes back by itself',
    async (transport) => {
      const address = newAddress();
      for (const _ of range(1, LIMIT)) await (await RELAY.knock(app, address)).leave();
      const client = app.dial(await tokenFor(someone('patient')), {
        transports: [transport],
        extraHeaders: { 'x-forwarded-for': address },
        reconnectionDelay: 100,
        reconnectionDelayMax: 500,
      });
      await client.refused();
      expect(client.socket.active).toBe(true);
      await within(
        'a connection',
        new Promise((resolve) => client.socket.once('connect', () => resolve(undefined))),
      );
      await client.expect('conversation:list');
    },
  );

  it('are let in again when the time is over', async () => {
    const address = newAddress();
    for (const _ of range(1, LIMIT)) await (await RELAY.knock(app, address)).leave();
    const { retryAfter } = await RELAY.knock(app, address);
    await new Promise((resolve) => setTimeout(resolve, retryAfter * 1_000));
    const visit = await RELAY.knock(app, address);
    expect(isIn(visit)).toBe(true);
    await visit.leave();
  });

  it('tell pages of allowed origins that they are too many', async () => {
    const address = newAddress();
    for (const _ of range(1, LIMIT)) await (await RELAY.knock(app, address)).leave();
    const response = await fetch(`${app.url}/socket.io/?EIO=4&transport=polling`, {
      headers: { 'x-forwarded-for': address, origin: app.url },
    });
    expect(response.status).toBe(429);
    expect(response.headers.get('access-control-allow-origin')).toBe(app.url);
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('count no path where nothing is spoken, and no page from elsewhere', async () => {
    const address = newAddress();
    const headers = { 'x-forwarded-for': address };
    for (const _ of range(1, 2 * LIMIT)) {
      expect(await app.dialRaw('/nowhere', { headers }).refused()).toBe(404);
      const origin = 'https://elsewhere.example';
      expect(await app.dialRaw('/ws', { headers: { ...headers, origin } }).refused()).toBe(403);
    }
    for (const door of [LIVE, POLLING]) expect(isIn(await door.knock(app, address))).toBe(true);
  });
});

describe('the log', () => {
  it('says once a minute and address who is refused, and why', async () => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({
      DATABASE_URL: database.url,
      TRUST_PROXY: '1',
      MAX_CONNECTIONS_PER_ADDRESS: '1',
    });
    after.add(() => service.remove());
    const app = service as unknown as TestApp;
    const [one, other] = [newAddress(), '2001:db8:7:7::1'];
    for (const address of [one, other]) {
      const visit = await RELAY.knock(app, address);
      after.add(() => visit.leave());
      for (const _ of range(1, 5)) expect((await RELAY.knock(app, address)).status).toBe(429);
    }
    await service.end('SIGTERM');
    const lines = service.log.join('').split('\n');
    const refusals = lines
      .filter((line) => line.includes('CONNECTIONS_REFUSED'))
      .map((line) => JSON.parse(line) as unknown);
    const entry = { event: 'CONNECTIONS_REFUSED', level: 'warn', reason: 'connections' };
    expect(refusals).toMatchObject([
      { ...entry, address: one, connections: 1 },
      { ...entry, address: '2001:db8:7:7::/64', connections: 2 },
    ]);
  }, 90_000);
});
