import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import { readCommandLine } from './command-line.js';
import { openDatabase, type Database } from './database.js';
import { JsonLogger } from './logging/json-logger.js';
import { PACKAGE_ROOT } from './package-root.js';
import { environmentOrExit } from './process-environment.js';
import { failToStart, Stopping } from './stopping.js';
import { welcome } from './welcome.js';
import type { Environment } from './config/environment.js';
import type { Service } from './service.js';

const WORKER_ENTRY = join(PACKAGE_ROOT, 'dist/service/worker.js');

async function main(): Promise<void> {
  readCommandLine(process.argv);
  const environment = environmentOrExit();
  Logger.overrideLogger(new JsonLogger(environment.LOG_LEVEL));
  const { database, service } = await (environment.WORKERS === 1 ? alone : withWorkers)(
    environment,
  );
  const startedInMs = Math.round(performance.now());
  const { host, port } = service;
  const workers = environment.WORKERS === 1 ? {} : { workers: environment.WORKERS };
  new Logger('Main').log({ event: 'READY', host, port, ...workers, startedInMs });
  const text = await welcome({ environment, database, host, port, startedInMs });
  if (text !== null) process.stdout.write(`${text}\n`);
}

interface Started {
  readonly database: Database;
  readonly service: Service;
}

/** Everything in this process. */
async function alone(environment: Environment): Promise<Started> {
  const stopping = new Stopping(Stopping.within(environment.DRAIN_DELAY_MS));
  stopping.onSignals('SIGTERM', 'SIGINT');
  const database = await openDatabase(environment);
  stopping.add(() => database.stop());
  const { startService } = await import('./service.js');
  const options = { environment, databaseUrl: database.url, stopping };
  const service = await startService(options).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  return { database, service };
}

/** This process keeps the port, the workers and, where there is none elsewhere, the database. */
async function withWorkers(environment: Environment): Promise<Started> {
  const { Workers } = await import('./workers/workers.js');
  const workers = new Workers(environment.WORKERS, WORKER_ENTRY);
  // A little longer than the workers themselves give up.
  const withinMs = Stopping.within(environment.DRAIN_DELAY_MS) + 1_000;
  const stopping = new Stopping(withinMs, () => workers.kill());
  stopping.onSignals('SIGTERM', 'SIGINT');
  const database = await openDatabase(environment);
  stopping.add(() => database.stop());
  stopping.add(() => workers.stop());
  const service = await workers.start(database.url).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  return { database, service };
}

main().catch(failToStart);
