import { Agent } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ChatClient, type ClientOptions } from '../../support/chat-client.js';
import { messageIn } from '../../support/chat-shapes.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { FrameClient } from '../../support/frame-client.js';
import { describeWithRedis, RedisServer } from '../../support/redis-server.js';
import { restClient } from '../../support/rest-client.js';
import { Service } from '../../support/service.js';
import { someone, tokenFor, type TestUser } from '../../support/tokens.js';
import { describeWithProxy, Proxy, type ProxyKind } from './proxy.js';

const RECONNECT = { reconnectionDelay: 50, reconnectionDelayMax: 200 };
const FOREIGN = { Origin: 'https://evil.example' };
const ADDRESSES = Array.from({ length: 16 }, (_, n) => `127.0.0.${n + 2}`).sort();

/** What holds of two nodes whichever proxy stands in front of them. */
export function behindProxy(kind: ProxyKind): void {
  describeWithProxy(kind, () => describeWithRedis('in front of two nodes', () => suite(kind)));
}

function suite(kind: ProxyKind): void {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-deploy-'));
  const clients: { close(): void }[] = [];
  const removals: (() => Promise<void>)[] = [];
  let database: TestDatabase;
  let redis: RedisServer;
  let nodes: Service[] = [];
  let proxy: Proxy;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createDatabase(), RedisServer.start()]);
    removals.push(
      () => database.drop(),
      () => redis.remove(),
    );
    const variables = {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      DATA_DIR: folder,
      TRUST_PROXY: '1',
      // As long as the checks of haproxy.cfg take to see it.
      DRAIN_DELAY_MS: '3000',
      LOG_LEVEL: 'info',
    };
    nodes = await Promise.all([Service.start(variables), Service.start(variables)]);
    for (const node of nodes) removals.push(() => node.remove());
    proxy = await Proxy.start(
      kind,
      nodes.map(({ url }) => new URL(url).host),
    );
    removals.push(() => proxy.remove());
  }, 90_000);
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    for (const remove of removals.reverse()) await remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const chat = async (user: TestUser, address: string, options: ClientOptions = {}) => {
    // A client from somewhere else: on Linux all of 127/8 is this machine.
    const agent = new Agent({ localAddress: address }) as unknown as string;
    const client = new ChatClient(proxy.url, await tokenFor(user), {
      ...RECONNECT,
      agent,
      ...options,
    });
    clients.push(client);
    await client.connected();
    return client;
  };
  const frames = (path: string, address: string, headers = {}) => {
    const url = `${proxy.url.replace('http', 'ws')}${path}`;
    const client = new FrameClient(url, { localAddress: address, headers });
    clients.push(client);
    return client;
  };
  const conversationOf = async (user: TestUser) => {
    const rest = restClient(proxy.url, await tokenFor(user));
    return ((await rest.post('/conversations', { type: 'private' })).body as { id: number }).id;
  };
  const say = async (client: ChatClient, id: number, text: string) => {
    await client.join(id);
    await client.send(id, text);
    const fits = (event: Record<string, unknown>) => messageIn(event).content === text;
    await client.next('message:new', fits);
  };
  /** Addresses that each node was told of, as it says in its log. */
  const addresses = (): Set<string>[] =>
    nodes.map(({ log }) => {
      const lines = log.join('').split('\n');
      const connects = lines.filter((line) => line.includes('"WS_CONNECT"'));
      return new Set(connects.map((line) => (JSON.parse(line) as { address: string }).address));
    });

  it.each([
    ['polling', { transports: ['polling'] }],
    ['a WebSocket', { transports: ['websocket'] }],
    ['polling, then a WebSocket', {}],
    ['polling, then a WebSocket, of an old client', { version: '4.5.4' } as const],
  ])(
    'lets socket.io clients talk over %s, and the nodes see their addresses',
    async (_, options) => {
      await Promise.all(
        ADDRESSES.map(async (address) => {
          const user = someone('alice');
          const client = await chat(user, address, options);
          const id = await conversationOf(user);
          for (const text of ['one', 'two', 'three']) await say(client, id, text);
          const { engine } = client.socket.io;
          if (!('transports' in options) && engine.transport.name === 'polling') {
            await new Promise((resolve) => engine.once('upgrade', resolve));
          }
        }),
      );
      const [first = new Set(), second = new Set()] = addresses();
      expect([...new Set([...first, ...second])].sort()).toEqual(ADDRESSES);
      expect(first.size).toBeGreaterThan(0);
      expect(second.size).toBeGreaterThan(0);
    },
  );

  it('lets all other dialects talk', async () => {
    const [address = ''] = ADDRESSES;
    const user = someone('alice');
    const id = await conversationOf(user);
    const token = await tokenFor(user);
    const root = await chat(user, address, { namespace: '/', transports: ['polling'] });
    root.socket.emit('message', { message: 'root', context: { roomId: id } });
    expect(await root.next('message')).toMatchObject({ message: 'root' });
    const veza = frames(`/ws?token=${token}`, address);
    await veza.next('auth_success');
    await veza.request('join_room', { room_id: `room_${id}` }, 'room_joined');
    veza.send('message', { room_id: `room_${id}`, content: 'veza' });
    expect(await veza.next('message_received')).toMatchObject({ content: 'veza' });
    const salon = frames(`/ws/chat?token=${token}`, address);
    await salon.opened();
    await salon.join(id);
    await salon.settled();
    const live = frames('/chat/ws/room/a-stream', address);
    await live.next('room_joined');
    live.send('chat_message', { message: 'live' });
    expect(await live.next('chat_message')).toMatchObject({ message: 'live' });
    // Off in production: the path is the node's to refuse.
    expect(await frames('/live/ws', address).refused()).toBe(404);
  });

  it('lets files through, and refuses those that are too large', async () => {
    const user = someone('alice');
    const id = await conversationOf(user);
    const send = async (bytes: number) => {
      const form = new FormData();
      form.set('conversationId', String(id));
      form.set('file', new Blob(['text '.repeat(bytes / 5)], { type: 'text/plain' }), 'a.txt');
      const headers = { authorization: `Bearer ${await tokenFor(user)}` };
      // One that is refused early may see the connection closed while it still sends.
      const answer = await fetch(`${proxy.url}/uploads`, { method: 'POST', body: form, headers })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => ({ status: 413, text: '' }));
      return answer;
    };
    const { status, text } = await send(20_000_000);
    expect(status).toBe(201);
    expect(JSON.parse(text)).toMatchObject({ size: 20_000_000 });
    expect((await send(30_000_000)).status).toBe(413);
  });

  it('leaves it to the nodes to refuse foreign origins, and lets their own pages in', async () => {
    const own = { Origin: proxy.url };
    const statusOf = async (path: string, headers: Record<string, string>) =>
      (await fetch(proxy.url + path, { headers })).status;
    for (const path of ['/health/live', '/socket.io/?EIO=4&transport=polling']) {
      expect(await statusOf(path, FOREIGN)).toBe(403);
      expect(await statusOf(path, own)).toBe(200);
    }
    const socketIo = '/socket.io/?EIO=4&transport=websocket';
    for (const path of ['/ws', '/ws/chat', '/chat/ws/room/a-stream', socketIo]) {
      const refused = await frames(path, '127.0.0.2', FOREIGN).refused();
      expect(refused).toBe(path === socketIo ? 400 : 403);
    }
    await frames('/chat/ws/room/a-stream', '127.0.0.2', own).next('room_joined');
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'goes on with the other node when one ends by %s',
    async (signal) => {
      const [ending, staying] = signal === 'SIGTERM' ? nodes : [...nodes].reverse();
      if (!ending || !staying) throw new Error('There are two nodes');
      const user = someone('alice');
      const id = await conversationOf(user);
      const talking = await Promise.all(
        ADDRESSES.flatMap((address) => [
          chat(user, address, { transports: ['polling'] }),
          chat(user, address, { transports: ['websocket'] }),
        ]),
      );
      const rest = restClient(proxy.url, await tokenFor(user));
      const state = { isOver: false, refused: [] as (number | null)[] };
      const asking = (async () => {
        while (!state.isOver) {
          // A request that the killed node was working on has no answer.
          const answer = await rest.get('/users/me').catch(() => null);
          if (answer?.status !== 200) state.refused.push(answer?.status ?? null);
          await delay(20);
        }
      })();
      await ending.end(signal);
      for (const client of talking) while (!client.socket.connected) await delay(20);
      for (const [n, client] of talking.entries()) await say(client, id, `${signal} ${n}`);
      state.isOver = true;
      await asking;
      // What a killed node was working on is lost with it.
      if (signal === 'SIGTERM') expect(state.refused).toEqual([]);
      await ending.restart();
    },
    60_000,
  );
}
