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
import { clientsOf, type TestClients } from './clients.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startApart } from './apart.js';
import { SECRET } from './tokens.js';

export interface TestApp extends TestClients {
  readonly url: string;
  readonly database: TestDatabase;
  /** Where uploads are. */
  readonly dataDir: string;
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T;
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
    LOG_LEVEL: 'silent',
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
  const clients = clientsOf(url);

  return {
    url,
    database,
    dataDir,
    get: (token) => app.get(token),
    ...clients,
    stop: async () => {
      clients.close();
      await drain(app, sockets, environment);
      if (!shared) await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
