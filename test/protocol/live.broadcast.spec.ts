import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { RelayClient } from '../support/live-relay.js';
import { anError, from, gatherLive } from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';

const LIMIT = 10;
const MAX_BYTES = 4 * 1024;

const after = cleanups();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ RATE_LIMIT_LIVE: `${LIMIT}/1m`, TRUST_PROXY: '1' });
});
afterAll(() => app.stop());

let lastAddress = 0;
const newAddress = () => `192.0.2.${++lastAddress}`;

async function connect(address = newAddress(), query?: string): Promise<RelayClient> {
  const client = await RelayClient.connect(app, from(address), query);
  // Who is left there would hear what the next test says.
  after.add(() => {
    client.socket.close();
    return client.closed();
  });
  return client;
}

const limited = async (client: RelayClient): Promise<unknown> => JSON.parse(await client.next());

const LIMITED = {
  type: 'error',
  data: anError('Rate limit exceeded', 'RATE_LIMITED', { retry_after: expect.any(Number) }),
};

describe('/live/ws', () => {
  it('relays each text to every other client, unchanged and in order, and not back', async () => {
    const [sender, ...others] = [await connect(), await connect(), await connect()];
    const texts = [
      '{"type":"ping","data":{}}',
      ' { "a" : 1.0,\n"__proto__": null } ',
      'no JSON',
      '',
      'null',
      '🎈 \u202e\u0000',
      'x'.repeat(MAX_BYTES),
      '🎈'.repeat(MAX_BYTES / 4),
    ];
    for (const text of texts) sender.send(text);
    for (const other of others) {
      for (const text of texts) expect(await other.next()).toBe(text);
    }
    others[0].send('and back');
    expect(await sender.next()).toBe('and back');
    expect(sender.texts).toEqual(['and back']);
  });

  it('asks for no token, and looks at none', async () => {
    const [a, b] = [await connect(newAddress(), '?token=bad'), await connect()];
    a.send('hello');
    expect(await b.next()).toBe('hello');
  });

  it('keeps nothing, and is no room', async () => {
    const admin = await app.as(someone('admin', ['admin']));
    const before = await admin.get('/monitoring/chat/stats');
    const room = await gatherLive(app, [null]);
    const [a, b] = [await connect(), await connect()];
    a.send(JSON.stringify({ type: 'chat_message', data: { message: 'secret' } }));
    await b.next();
    const late = await connect();
    a.send('later');
    expect(await late.next()).toBe('later');
    await room.clients[0].settled();
    expect(room.clients[0].received('chat_message')).toEqual([]);
    const [row] = await app.database.query('SELECT count(*)::int AS messages FROM messages');
    expect(row).toEqual({ messages: 0 });
    const { total_connections } = before.body as { total_connections: number };
    const { body } = await admin.get('/monitoring/chat/stats');
    expect(body).toMatchObject({ total_connections: total_connections + 1 });
  });

  it('takes no binary frame: 1003', async () => {
    const [a, b, c] = [await connect(), await connect(), await connect()];
    a.send(Buffer.from('bytes'));
    expect(await a.closed()).toMatchObject({ code: 1003 });
    c.send('after it');
    expect(await b.next()).toBe('after it');
  });

  it.each(['x'.repeat(MAX_BYTES + 1), '🎈'.repeat(MAX_BYTES / 4 + 1)])(
    'takes no frame over 4 KB: 1009',
    async (text) => {
      const [a, b, c] = [await connect(), await connect(), await connect()];
      a.send(text);
      expect(await a.closed()).toMatchObject({ code: 1009 });
      c.send('after it');
      expect(await b.next()).toBe('after it');
    },
  );

  it('limits what comes from one address, over all of its sockets', async () => {
    const address = newAddress();
    const [first, second, other] = [
      await connect(address),
      await connect(address),
      await connect(),
    ];
    const heard: string[] = [];
    for (const n of range(1, LIMIT)) {
      (n % 2 ? first : second).send(`text ${n}`);
      heard.push(await other.next());
    }
    expect(heard).toEqual(range(1, LIMIT).map((n) => `text ${n}`));
    // Each heard what the other said.
    for (const client of [first, second]) for (const _ of range(1, LIMIT / 2)) await client.next();
    for (const client of [first, second]) {
      client.send('one too many');
      const error = await limited(client);
      expect(error).toStrictEqual(LIMITED);
    }
    other.send('mine is another address');
    for (const client of [first, second])
      expect(await client.next()).toBe('mine is another address');
    expect(other.texts).toEqual(heard);
  });

  it('hangs up with 1008 on who goes on all the same', async () => {
    const [a, b] = [await connect(), await connect()];
    for (const n of range(1, LIMIT + 51)) a.send(`text ${n}`);
    expect(await a.closed()).toMatchObject({ code: 1008 });
    expect(a.texts).toHaveLength(50);
    for (const n of range(1, LIMIT)) expect(await b.next()).toBe(`text ${n}`);
  });

  it('is one path', async () => {
    for (const path of ['/live', '/live/ws/1', '/LIVE/WS']) {
      expect(await app.dialRaw(path).refused()).toBe(404);
    }
  });

  it('is not for pages from elsewhere', async () => {
    const headers = { Origin: 'https://elsewhere.example' };
    expect(await app.dialRaw('/live/ws', { headers }).refused()).toBe(403);
  });
});

describe('where it is', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['with LIVE_BROADCAST=false', { LIVE_BROADCAST: 'false' }, false],
    ['in production', { NODE_ENV: 'production' }, false],
    ['in production that asks for it', { NODE_ENV: 'production', LIVE_BROADCAST: 'true' }, true],
  ])('%s', async (_, variables, isThere) => {
    const service = await startApp(variables);
    after.add(() => service.stop());
    const client = service.dialRaw('/live/ws');
    if (isThere) await client.opened();
    else expect(await client.refused()).toBe(404);
    // The rooms are there in any case.
    await gatherLive(service, [null]);
  });
});
