import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundPort, createApp } from '../../src/app.setup.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { AuthOptions } from '../../src/auth/auth.options.js';
import { readEnvironment } from '../../src/config/environment.js';
import { drain } from '../../src/drain.js';
import { ReadinessService } from '../../src/health/readiness.service.js';
import type { Type } from '@nestjs/common';
import { ChatClient, type ClientOptions } from './chat-client.js';
import { FrameClient, type FrameOptions } from './frame-client.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startApart } from './apart.js';
import { restClient, type RestClient } from './rest-client.js';
import { SECRET, tokenFor, type TestUser } from './tokens.js';

export interface TestApp {
  readonly url: string;
  readonly database: TestDatabase;
  /** Where uploads are. */
  readonly dataDir: string;
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T;
  /** Connects to `/chat` as that user; closed with the app. */
  connect(user: TestUser, options?: ClientOptions): Promise<ChatClient>;
  /** As `connect`, with a token of the test's own, and without waiting for the outcome. */
  dial(token: string, options?: ClientOptions): ChatClient;
  /** Connects to the main namespace, where `root` is spoken. */
  root(user: TestUser, options?: ClientOptions): Promise<ChatClient>;
  /** Connects to `/ws/chat`, where `salon` is spoken; `query` goes behind the token. */
  salon(user: TestUser, query?: string, options?: FrameOptions): Promise<FrameClient>;
  /** Connects to `/ws`, where `veza` is spoken; resolves once it is welcomed. */
  veza(user: TestUser, options?: FrameOptions): Promise<FrameClient>;
  /**
   * Goes to `/chat/ws/<place>`, where `live` is spoken, such as `room/my-stream`; null for a visitor
   * without a token. Resolves once it is told that it has joined.
   */
  live(user: TestUser | null, place: string, options?: FrameOptions): Promise<FrameClient>;
  /** Opens a raw WebSocket at that path, without waiting for the outcome. */
  dialRaw(path: string, options?: FrameOptions): FrameClient;
  /** REST as that user. */
  as(user: TestUser): Promise<RestClient>;
  /** A conversation of these users, the first being its owner; returns its id. */
  conversation(users: readonly TestUser[], fields?: Record<string, unknown>): Promise<number>;
  stop(): Promise<void>;
}

/**
 * The real application on a free port, over a database of its own. Where `TEST_NODES` is set it is
 * two nodes, and whoever is beside each other in a test is on different ones.
 */
export const startApp = (
  variables: Record<string, string> = {},
  auth: AuthOptions = { secret: SECRET },
): Promise<TestApp> =>
  process.env.TEST_NODES ? startApart(variables, auth) : startNode(variables, auth);

/** As `startApp`, and never anything but one node. */
export async function startNode(
  variables: Record<string, string> = {},
  auth: AuthOptions = { secret: SECRET },
  shared?: TestDatabase,
): Promise<TestApp> {
  const database = shared ?? (await createDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'causerie-test-'));
  const environment = readEnvironment({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    JWT_SECRET: SECRET,
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    DRAIN_DELAY_MS: '0',
    RATE_LIMIT_CHAT: 'off',
    RATE_LIMIT_ROOT: 'off',
    RATE_LIMIT_VEZA: 'off',
    RATE_LIMIT_SALON: 'off',
    RATE_LIMIT_LIVE: 'off',
    RATE_LIMIT_UPLOADS: 'off',
    // Suites wait in loops of round trips, and make a room for each test.
    RATE_LIMIT_EVENTS: 'off',
    RATE_LIMIT_REST: 'off',
    RATE_LIMIT_ROOMS: 'off',
    ...variables,
  });
  const { app, sockets } = await createApp({
    environment,
    databaseUrl: database.url,
    auth: AuthModule.register(auth),
    developmentSecret: environment.isDevelopment ? SECRET : null,
  });
  await app.listen(0, '127.0.0.1');
  app.get(ReadinessService).state = 'ready';
  const url = `http://127.0.0.1:${boundPort(app)}`;
  const clients: { close(): void }[] = [];

  const dial = (token: string, options?: ClientOptions) => {
    const client = new ChatClient(url, token, options);
    clients.push(client);
    return client;
  };
  const connect = async (user: TestUser, options?: ClientOptions) => {
    const client = dial(await tokenFor(user), options);
    await client.connected();
    return client;
  };
  const dialRaw = (path: string, options?: FrameOptions) => {
    const client = new FrameClient(`${url.replace('http', 'ws')}${path}`, options);
    clients.push(client);
    return client;
  };
  const as = async (user: TestUser) => restClient(url, await tokenFor(user));

  return {
    url,
    database,
    dataDir,
    get: (token) => app.get(token),
    as,
    dial,
    connect,
    root: (user, options) => connect(user, { ...options, namespace: '/' }),
    dialRaw,
    salon: async (user, query = '', options = {}) => {
      const client = dialRaw(`/ws/chat?token=${await tokenFor(user)}${query}`, options);
      await client.opened();
      // Nothing is answered before the user is known and direct messages arrive.
      await client.settled();
      return client;
    },
    veza: async (user, options = {}) => {
      const client = dialRaw(`/ws?token=${await tokenFor(user)}`, options);
      await client.opened();
      await client.next('auth_success');
      return client;
    },
    live: async (user, place, options = {}) => {
      const token = user ? `?token=${await tokenFor(user)}` : '';
      const client = dialRaw(`/chat/ws/${place}${token}`, options);
      await client.opened();
      await client.next('room_joined');
      return client;
    },
    conversation: async ([owner, ...others], fields = {}) => {
      if (!owner) throw new Error('A conversation needs an owner');
      // A user is known once it came with a token.
      for (const user of others) await (await as(user)).get('/users/me');
      const participantIds = others.map(({ id }) => id);
      const body = { type: 'private', participantIds, ...fields };
      const created = await (await as(owner)).post('/conversations', body);
      if (created.status !== 201) throw new Error(`Not created: ${JSON.stringify(created.body)}`);
      return (created.body as { id: number }).id;
    },
    stop: async () => {
      for (const client of clients) client.close();
      await drain(app, sockets, environment);
      if (!shared) await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
