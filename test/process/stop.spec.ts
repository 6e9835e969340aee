import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatClient, type Ack } from '../support/chat-client.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { restClient } from '../support/rest-client.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { Outbox } from './support/outbox.js';
import { freePort, ServiceProcess } from './support/service.js';

/** Well under the 30 s after which orchestrators kill. */
const WELL_UNDER_MS = 20_000;
/** Well under the four or five seconds after which either side hangs up by itself. */
const AT_ONCE_MS = 2_000;
const RECONNECT = { reconnectionDelay: 50, reconnectionDelayMax: 200 };

const alice = someone('alice');

describe('stopping the process', () => {
  let database: TestDatabase;
  let port: number;
  let url: string;
  const services: ServiceProcess[] = [];
  const clients: ChatClient[] = [];

  beforeEach(async () => {
    database = await createDatabase();
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const service of services.splice(0)) await service.end();
    await database.drop();
  });

  const start = async (variables: Record<string, string> = {}) => {
    const service = new ServiceProcess({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
      RATE_LIMIT_CHAT: 'off',
      DRAIN_DELAY_MS: '0',
      ...variables,
    });
    services.push(service);
    return service.ready();
  };
  const connect = async (options = {}) => {
    const client = new ChatClient(url, await tokenFor(alice), { ...RECONNECT, ...options });
    clients.push(client);
    await client.connected();
    return client;
  };
  const conversation = async () => {
    const client = restClient(url, await tokenFor(alice));
    const created = await client.post('/conversations', { type: 'private' });
    return (created.body as { id: number }).id;
  };
  const ready = async () => (await restClient(url).get('/health/ready')).status;

  it('says 503 to load balancers while it drains, serves on meanwhile, and ends with 0', async () => {
    const service = await start({ DRAIN_DELAY_MS: '1500' });
    const id = await conversation();
    const client = await connect();
    expect(await ready()).toBe(200);
    const begun = Date.now();
    service.kill('SIGTERM');
    let answer = await restClient(url).get('/health/ready');
    while (answer.status === 200) answer = await restClient(url).get('/health/ready');
    expect(answer).toMatchObject({ status: 503, body: { status: 'draining', database: 'up' } });
    expect((await restClient(url).get('/health/live')).status).toBe(200);
    await client.send(id, 'while draining');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(WELL_UNDER_MS);
  });

  it('stops at once, and not with 0, on a second signal', async () => {
    const service = await start({ DRAIN_DELAY_MS: '10000' });
    service.kill('SIGTERM');
    await service.printed('"event":"STOPPING"');
    service.kill('SIGTERM');
    expect(await service.exited).toEqual({ code: 1, signal: null });
  });

  const stored = () =>
    database.query('SELECT seq::integer, client_message_id FROM messages ORDER BY seq');

  it.each([
    ['together with the sends', 'websocket'],
    ['after the first answer', 'websocket'],
    ['after the first answer', 'polling'],
  ])(
    'loses and doubles nothing of 200 sends when the signal comes %s, on %s',
    async (moment, transport) => {
      const service = await start();
      const id = await conversation();
      const client = await connect({ transports: [transport] });
      const outbox = new Outbox(client, id);
      const ids = Array.from({ length: 200 }, (_, n) => `send-${n}`);
      const disconnected = client.disconnected();
      outbox.emit(ids);
      if (moment !== 'together with the sends') await outbox.nextAck();
      service.kill('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(await disconnected).not.toBe('io server disconnect');

      const kept = new Set((await stored()).map((row) => row.client_message_id));
      for (const [clientMessageId, ack] of outbox.acks) {
        if (ack.success) expect(kept).toContain(clientMessageId);
        else expect(ack.error?.code).toBe('UNAVAILABLE');
      }
      // What it still wrote down it still answered for.
      for (const clientMessageId of kept) {
        expect(outbox.acks.get(String(clientMessageId))?.success).toBe(true);
      }

      await start();
      // By itself: nobody calls connect().
      await client.connected();
      const again = outbox.unsettled(ids);
      const acks = await Promise.all(
        again.map((clientMessageId) =>
          client.expect('message:send', { conversationId: id, content: 'hi', clientMessageId }),
        ),
      );
      for (const [index, ack] of acks.entries()) {
        expect(Boolean((ack as Ack & { duplicate?: true }).duplicate)).toBe(kept.has(again[index]));
      }
      const rows = await stored();
      expect(rows.map(({ seq }) => seq)).toEqual(ids.map((_, n) => n + 1));
      expect(rows.map((row) => row.client_message_id).sort()).toEqual([...ids].sort());
    },
  );

  it('answers requests that are under way before it ends, on SIGINT as well', async () => {
    const service = await start();
    const id = await conversation();
    const client = restClient(url, await tokenFor(alice));
    const path = `/conversations/${id}/messages`;
    const answers = Array.from({ length: 50 }, (_, n) => client.post(path, { content: `${n}` }));
    await Promise.race(answers);
    service.kill('SIGINT');
    const settled = await Promise.allSettled(answers);
    expect(await service.exited).toEqual({ code: 0, signal: null });
    const ok = settled.filter((each) => each.status === 'fulfilled' && each.value.status === 201);
    expect((await stored()).length).toBeGreaterThanOrEqual(ok.length);
    for (const each of settled) {
      if (each.status === 'fulfilled') expect([201, 503]).toContain(each.value.status);
    }
  });

  it('does not wait for connections that GraphQL clients keep alive', async () => {
    const service = await start();
    const agent = new Agent({ keepAlive: true });
    const ask = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const call = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        });
        call.once('error', reject).end('{"query":"{ chatRooms { id } }"}');
      });
    try {
      const statuses = await Promise.all(Array.from({ length: 20 }, ask));
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(Object.values(agent.freeSockets).flat()).toHaveLength(20);
      const begun = Date.now();
      service.kill('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(Date.now() - begun).toBeLessThan(AT_ONCE_MS);
    } finally {
      agent.destroy();
    }
  });

  it('ends with 1, and says why, when the port is taken', async () => {
    await start();
    const second = new ServiceProcess({
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
    });
    services.push(second);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.logLines).toContainEqual(expect.objectContaining({ event: 'START_FAILED' }));
  });

  it('ends with 1 when the database cannot be reached', async () => {
    const nowhere = `postgres://hunter2@127.0.0.1:${await freePort()}/none`;
    const service = new ServiceProcess({
      PORT: String(port),
      DATABASE_URL: nowhere,
      JWT_SECRET: SECRET,
    });
    services.push(service);
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.logLines).toContainEqual(expect.objectContaining({ event: 'START_FAILED' }));
  });
});
