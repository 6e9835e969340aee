import cluster from 'node:cluster';
import { Logger } from '@nestjs/common';
import { JsonLogger } from './logging/json-logger.js';
import { environmentOrExit } from './process-environment.js';
import { failToStart, Stopping } from './stopping.js';
import { STOP } from './workers/messages.js';
import { leave } from './workers/worker-socket.js';

/**
 * One of several workers: a node like any other, whose port the primary keeps, and which ends with
 * it. Started by `workers/workers`, with the folder of the workers' sockets.
 */
async function main(folder: string): Promise<void> {
  const { worker } = cluster;
  const environment = environmentOrExit();
  Logger.overrideLogger(new JsonLogger(environment.LOG_LEVEL));
  const { DATABASE_URL, DRAIN_DELAY_MS } = environment;
  if (!worker || DATABASE_URL === null) throw new Error('A worker is started by its primary');
  const stopping = new Stopping(Stopping.within(DRAIN_DELAY_MS));
  stopping.onSignals('SIGTERM');
  // A terminal sends it to all: the primary's word counts.
  process.on('SIGINT', () => undefined);
  process.on('message', (message) => {
    if (message === STOP) stopping.begin(STOP);
  });
  worker.once('disconnect', () => {
    // Else Node ends the process at once, with what was sent and is not committed yet.
    worker.exitedAfterDisconnect = true;
    stopping.begin('primary gone');
    process.once('exit', () => leave(folder, worker.id));
  });
  const { startService } = await import('./service.js');
  const options = { environment, databaseUrl: DATABASE_URL, stopping };
  const ready = await startService({ ...options, worker: { folder, id: worker.id } });
  new Logger('Main').log({ event: 'WORKER_READY', pid: process.pid });
  process.send?.(ready);
}

main(process.argv[2] ?? '').catch(failToStart);
