import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import { boundPort, createApp } from './app.setup.js';
import { AuthModule } from './auth/auth.module.js';
import type { AuthOptions } from './auth/auth.options.js';
import { developmentSecret } from './auth/development-secret.js';
import {
  EnvironmentError,
  listenHost,
  readEnvironment,
  type Environment,
} from './config/environment.js';
import { openDatabase } from './database.js';
import { drain } from './drain.js';
import { ReadinessService } from './health/readiness.service.js';
import { JsonLogger } from './logging/json-logger.js';
import { welcome } from './welcome.js';

/** A stop that hangs is ended by force, before an orchestrator would: under 30 s with any delay. */
const STOP_WITHIN_MS = 15_000;

function environmentOrExit(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78); // EX_CONFIG
  }
}

function authOptions(environment: Environment, ownSecret: string | null): AuthOptions {
  const { JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = environment;
  const secret = ownSecret ?? JWT_SECRET;
  return {
    ...(secret !== null && { secret }),
    ...(JWT_PUBLIC_KEY !== null && { publicKey: JWT_PUBLIC_KEY }),
    ...(JWT_JWKS_URL !== null && { jwksUrl: JWT_JWKS_URL }),
    verifyOptions: {
      ...(JWT_ISSUER !== null && { issuer: JWT_ISSUER }),
      ...(JWT_AUDIENCE !== null && { audience: JWT_AUDIENCE }),
    },
  };
}

/** The first signal stops in good order, a second one at once. */
function stopOnSignals(stop: () => Promise<void>, delayMs: number): void {
  const logger = new Logger('Main');
  let isStopping = false;
  const onSignal = (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.log({ event: 'STOPPING', signal });
    setTimeout(() => process.exit(1), delayMs + STOP_WITHIN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ event: 'STOP_FAILED', error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function main(): Promise<void> {
  const environment = environmentOrExit();
  Logger.overrideLogger(new JsonLogger(environment.LOG_LEVEL));
  const ownSecret = environment.isDevelopment ? developmentSecret(environment.DATA_DIR) : null;
  // Filled as things are opened, undone in reverse: a signal may come before all is up.
  const closers: (() => Promise<void>)[] = [];
  stopOnSignals(async () => {
    for (const close of closers.reverse()) await close();
  }, environment.DRAIN_DELAY_MS);
  const database = await openDatabase(environment);
  closers.push(() => database.stop());
  const { app, sockets } = await createApp({
    environment,
    databaseUrl: database.url,
    auth: AuthModule.register(authOptions(environment, ownSecret)),
    developmentSecret: ownSecret,
  }).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  closers.push(() => drain(app, sockets, environment));
  const host = listenHost(environment);
  await app.listen(environment.PORT, host);
  app.get(ReadinessService).state = 'ready';
  const port = boundPort(app);
  const startedInMs = Math.round(performance.now());
  new Logger('Main').log({ event: 'READY', host, port, startedInMs });
  if (ownSecret === null) return;
  const databaseIs = database.isEmbedded
    ? `embedded PostgreSQL under ${resolve(environment.DATA_DIR)}`
    : 'PostgreSQL at DATABASE_URL';
  const facts = { host, port, secret: ownSecret, databaseIs, startedInMs };
  process.stdout.write(`${await welcome(facts)}\n`);
}

main().catch((error: unknown) => {
  new Logger('Main').fatal({ event: 'START_FAILED', error });
  process.exitCode = 1;
  // Whatever was opened on the way must not keep a failed process alive.
  setTimeout(() => process.exit(1), 1_000).unref();
});
