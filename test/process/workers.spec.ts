import { connect as tcp } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChatClient, type ClientOptions } from '../support/chat-client.js';
import { messageIn } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FrameClient } from '../support/frame-client.js';
import { upgradeRequest } from '../support/raw-peer.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { restClient } from '../support/rest-client.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { Outbox } from './support/outbox.js';
import { freePort, ServiceProcess } from './support/service.js';
import { PollingPeer, workerOf } from './support/sessions.js';

// A service here is three processes.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const UNKNOWN = { status: 400, text: '{"code":1,"message":"Session ID unknown"}' };
const REFUSED = /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nSession ID unknown$/;
const MADE_UP = [
  ...['w99-abcdefghijklmnopqrst', 'w1-abcdefghijklmnopqrst', 'w2-abcdefghijklmnopqrst', 'w0-a'],
  ...['w1', 'w-1', 'w01-a', 'w1e1-a', 'w999999999999-a', 'w..%2F1-a', 'w1%00-a', 'w%31-', 'w2-'],
  ...['a&sid=w2-b', 'w2-a&sid=w1-b', '%', 'w2-a%23', 'w2-__proto__', '__proto__', 'w1-%F0%9F'],
];
const RECONNECT = { reconnectionDelay: 50, reconnectionDelayMax: 200 };

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = tcp(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describeWithRedis('several workers', () => {
  const ending = cleanups();
  let database: TestDatabase;
  let redis: RedisServer;
  let port: number;
  let url: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createDatabase(), RedisServer.start()]);
  });
  afterAll(async () => {
    await database.drop();
    await redis.remove();
  });

  const start = async (variables: Record<string, string> = {}) => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = new ServiceProcess({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      WORKERS: '2',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      JWT_SECRET: SECRET,
      RATE_LIMIT_CHAT: 'off',
      DRAIN_DELAY_MS: '0',
      ...variables,
    });
    return service.ready();
  };
  const end = async () => {
    await service.end();
    await gone(pidsOf(service));
  };
  const connect = async (options: ClientOptions = {}, user = someone('alice')) => {
    const client = new ChatClient(url, await tokenFor(user), { ...RECONNECT, ...options });
    ending.add(() => client.close());
    await client.connected();
    return client;
  };
  const peer = (headers: Record<string, string> = {}) => {
    const made = new PollingPeer(url, headers);
    ending.add(() => made.close());
    return made;
  };
  const conversationOf = async (user: ReturnType<typeof someone>) => {
    const client = restClient(url, await tokenFor(user));
    const created = await client.post('/conversations', { type: 'private' });
    return (created.body as { id: number }).id;
  };
  const pidsOf = ({ logLines }: ServiceProcess): number[] =>
    logLines.filter(({ event }) => event === 'WORKER_READY').map(({ pid }) => Number(pid));
  const gone = async (pids: readonly number[]) => {
    while (pids.some(isAlive)) await delay(20);
  };
  /** Everything that an upgrade by hand is answered. */
  const upgradeOf = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = tcp(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.once('close', () => resolve(text)).write(upgradeRequest(path));
    });
  /** One session of each worker, each made over a connection of its own. */
  const sessions = async (): Promise<Map<number, string>> => {
    const found = new Map<number, string>();
    while (found.size < 2) {
      const each = peer();
      const session = await each.handshake();
      found.set(workerOf(session), session);
    }
    return found;
  };
  /** Everything a client does, through whatever worker its requests reach. */
  const talk = async (options: ClientOptions) => {
    const user = someone('alice');
    const id = await conversationOf(user);
    const client = await connect(options, user);
    await client.join(id);
    for (const text of ['one', 'two', 'three']) {
      await client.send(id, text);
      expect(messageIn(await client.next('message:new')).content).toBe(text);
    }
    return client;
  };

  describe('that run', () => {
    // As behind a proxy: most clients of these tests say nothing of where they come from.
    beforeAll(() => start({ TRUST_PROXY: '1' }));
    afterAll(end);

    it('share the port, and say once that all are ready', async () => {
      expect(service.logLines.filter(({ event }) => event === 'READY')).toHaveLength(1);
      expect(service.logLines.find(({ event }) => event === 'READY')).toMatchObject({ workers: 2 });
      expect(new Set(pidsOf(service)).size).toBe(2);
      expect([...(await sessions()).keys()].sort()).toEqual([1, 2]);
    });

    it('serve clients that poll, whichever of them a request reaches', async () => {
      const options = { transports: ['polling'] };
      await Promise.all(Array.from({ length: 24 }, () => talk(options)));
    });

    it('serve clients that move on to a WebSocket, and old ones', async () => {
      const versions = ['4.8.4', '4.5.4'] as const;
      const clients = await Promise.all(
        Array.from({ length: 24 }, (_, n) => talk({ version: versions[n % 2] ?? '4.8.4' })),
      );
      for (const { socket } of clients) {
        const { engine } = socket.io;
        if (engine.transport.name !== 'websocket') {
          await new Promise((resolve) => engine.once('upgrade', resolve));
        }
      }
    });

    it('serve sessions of both over one connection, as a proxy has it', async () => {
      const one = peer();
      for (const session of (await sessions()).values()) {
        const token = await tokenFor(someone('alice'));
        const entered = await one.post(session, `40/chat,${JSON.stringify({ token })}`);
        expect(entered).toMatchObject({ status: 200, text: 'ok' });
        const answer = await one.poll(session);
        expect(answer.text).toMatch(/^40\/chat,/);
        expect(answer.port).toBe(entered.port);
      }
    });

    it('count a client by the address that its handshake came from', async () => {
      const one = peer();
      const users: string[] = [];
      const enter = async (session: string, headers?: Record<string, string>) => {
        const user = someone('alice');
        users.push(String(user.id));
        const token = await tokenFor(user);
        await one.post(session, `40/chat,${JSON.stringify({ token })}`, headers);
        expect((await one.poll(session)).text).toMatch(/^40\/chat,/);
      };
      for (const [index, session] of [...(await sessions()).values()].entries()) {
        // Of no account any more: the session's address is that of its handshake.
        await enter(session, { 'X-Forwarded-For': `192.0.2.${index}` });
      }
      await enter(await one.handshake({ 'X-Forwarded-For': '198.51.100.7' }));
      await service.printed('198.51.100.7');
      const connects = service.logLines.filter(
        ({ event, userId }) => event === 'WS_CONNECT' && users.includes(String(userId)),
      );
      expect(connects.map(({ address }) => address)).toEqual([
        ...['127.0.0.1', '127.0.0.1'],
        '198.51.100.7',
      ]);
    });

    it('know nothing of sessions that are made up, or of a worker that is none', async () => {
      const one = peer();
      for (const session of MADE_UP) {
        expect({ session, ...(await one.poll(session)) }).toMatchObject({ session, ...UNKNOWN });
        expect({ session, ...(await peer().post(session, '2')) }).toMatchObject(UNKNOWN);
        const path = `/socket.io/?EIO=4&transport=websocket&sid=${session}`;
        for (let n = 0; n < 2; n += 1) expect(await upgradeOf(path)).toMatch(REFUSED);
      }
      expect((await restClient(url).get('/health/ready')).status).toBe(200);
    });

    it('let raw protocols in as one process does', async () => {
      const token = await tokenFor(someone('alice'));
      const sockets = Array.from({ length: 4 }, () => {
        const client = new FrameClient(`${url.replace('http', 'ws')}/ws?token=${token}`);
        ending.add(() => client.close());
        return client;
      });
      for (const socket of sockets) await socket.next('auth_success');
    });
  });

  describe('that start and end', () => {
    afterEach(end);

    it('replace one that dies; its clients come back, the others never notice', async () => {
      await start();
      const clients = await Promise.all([
        ...Array.from({ length: 6 }, () => connect({ transports: ['websocket'] })),
        ...Array.from({ length: 6 }, () => connect({ transports: ['polling'] })),
      ]);
      const [first, second] = [...(await sessions()).entries()].sort(([a], [b]) => a - b);
      const [pid = 0] = service.logLines
        .filter(({ event, worker }) => event === 'WORKER_READY' && worker === 1)
        .map((line) => Number(line.pid));
      process.kill(pid, 'SIGKILL');
      await service.printed('"event":"WORKER_ENDED"');
      const other = peer();
      expect(await other.poll(first?.[1] ?? '')).toMatchObject(UNKNOWN);
      expect((await other.post(second?.[1] ?? '', '3')).status).toBe(200);
      while (pidsOf(service).length < 3) await delay(20);
      expect(service.logLines).toContainEqual(
        expect.objectContaining({ event: 'WORKER_READY', worker: 3 }),
      );
      for (const client of clients) {
        while (!client.socket.connected) await delay(20);
        await client.settled();
      }
      await Promise.all(Array.from({ length: 8 }, () => talk({ transports: ['polling'] })));
    });

    it('drain on one signal: what was taken is answered, and nothing is left running', async () => {
      await start();
      const user = someone('alice');
      const id = await conversationOf(user);
      const transports = ['websocket', 'polling', 'websocket', 'polling'];
      const outboxes = await Promise.all(
        transports.map(async (transport) => {
          const client = await connect({ transports: [transport], reconnection: false }, user);
          return new Outbox(client, id);
        }),
      );
      const ids = outboxes.map((_, each) => Array.from({ length: 50 }, (__, n) => `${each}-${n}`));
      for (const [each, outbox] of outboxes.entries()) outbox.emit(ids[each] ?? []);
      await Promise.all(outboxes.map((outbox) => outbox.nextAck()));
      service.kill('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(pidsOf(service).filter(isAlive)).toEqual([]);
      expect(await isListening(port)).toBe(false);
      const sql = 'SELECT client_message_id AS id FROM messages WHERE conversation_id = $1';
      const rows = await database.query(sql, [id]);
      const answered = outboxes.flatMap((outbox) =>
        [...outbox.acks].filter(([, ack]) => ack.success).map(([acked]) => acked),
      );
      expect(rows.map((row) => String(row.id)).sort()).toEqual(answered.sort());
    });

    it('stop at once on a second signal, all of them', async () => {
      await start({ DRAIN_DELAY_MS: '10000' });
      service.kill('SIGTERM');
      await service.printed('"event":"STOPPING"');
      service.kill('SIGTERM');
      expect(await service.exited).toEqual({ code: 1, signal: null });
      await gone(pidsOf(service));
    });

    it('end by themselves, after draining, when the primary is killed', async () => {
      await start();
      const client = await connect({ transports: ['websocket'], reconnection: false });
      const disconnected = client.disconnected();
      service.kill('SIGKILL');
      expect(await disconnected).toBe('transport close');
      await gone(pidsOf(service));
      expect(await isListening(port)).toBe(false);
      expect(service.logLines).toContainEqual(
        expect.objectContaining({ event: 'STOPPING', signal: 'primary gone' }),
      );
      await start();
      await talk({});
    });

    it('give up, saying so, where none can start', async () => {
      const nowhere = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
      await expect(start({ DATABASE_URL: nowhere })).rejects.toThrow();
      expect(await service.exited).toEqual({ code: 1, signal: null });
      const failed = service.logLines.filter(({ event }) => event === 'START_FAILED');
      expect(failed).toHaveLength(3);
    });
  });
});
