import cluster, { type Worker } from 'node:cluster';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isReady, STOP, type WorkerReady } from './messages.js';
import { Outcome } from './outcome.js';
import { RestartPause } from './restart-pause.js';
import { workerSocket } from './worker-socket.js';

/** The workers of this machine: as many as there should be, whatever becomes of one of them. */
export class Workers {
  private readonly logger = new Logger('Workers');
  private readonly folder = mkdtempSync(join(tmpdir(), 'causerie-workers-'));
  private readonly living = new Set<Worker>();
  private readonly serving = new Set<Worker>();
  private readonly stopping = new AbortController();
  private keepers: Promise<void>[] = [];
  private isUnclean = false;
  /** Settled by the first that serves, or when all ended before any did. */
  private readonly served = new Outcome<true>();
  private readonly complete = new Outcome<WorkerReady>();

  /** `entry`: the file that a worker runs. */
  constructor(
    private readonly count: number,
    entry: string,
  ) {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ exec: entry, args: [this.folder] });
    process.once('exit', () => {
      // Those that outlive it still reach each other there.
      const areGone = [...this.living].every(({ process }) => process.killed);
      if (areGone) rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Resolves when all of them serve. Rejects when none gets that far. */
  start(databaseUrl: string): Promise<WorkerReady> {
    if (!this.isStopping) {
      this.keepers = Array.from({ length: this.count }, () => this.keep(databaseUrl));
    }
    return this.complete.promise;
  }

  /** Has all of them drain, and resolves when they have ended. Rejects where one was not able to. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const worker of this.living) worker.send(STOP);
    await Promise.all(this.keepers);
    if (this.isUnclean) throw new Error('A worker did not stop in good order');
  }

  kill(): void {
    for (const worker of this.living) worker.process.kill('SIGKILL');
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Keeps one place filled until the service stops. */
  private async keep(databaseUrl: string): Promise<void> {
    const pause = new RestartPause();
    for (;;) {
      const begun = Date.now();
      await this.run(databaseUrl);
      if (this.isStopping) return;
      // What keeps the first of them from starting would keep the next.
      if (!(await this.hasServed())) return;
      const { signal } = this.stopping;
      await delay(pause.after(Date.now() - begun), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  private hasServed(): Promise<boolean> {
    const failed = new Error('No worker was able to start');
    if (this.living.size === 0) this.served.reject(failed);
    return this.served.promise.catch(() => {
      this.complete.reject(failed);
      return false;
    });
  }

  /** Resolves when it has ended. */
  private async run(databaseUrl: string): Promise<void> {
    const worker = cluster.fork({ DATABASE_URL: databaseUrl });
    this.living.add(worker);
    worker.on('message', (message) => {
      if (isReady(message)) this.note(worker, message);
    });
    const end = await endOf(worker);
    this.living.delete(worker);
    this.serving.delete(worker);
    rmSync(workerSocket(this.folder, worker.id), { force: true });
    if (this.isStopping) this.isUnclean ||= end.code !== 0;
    else this.logger.error({ event: 'WORKER_ENDED', worker: worker.id, ...end });
  }

  private note(worker: Worker, ready: WorkerReady): void {
    this.serving.add(worker);
    this.served.resolve(true);
    if (this.serving.size === this.count) this.complete.resolve(ready);
  }
}

interface End {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly signal: string | null;
}

function endOf(worker: Worker): Promise<End> {
  const { pid } = worker.process;
  return new Promise((resolve) => {
    worker.once('exit', (code, signal) => resolve({ pid, code, signal }));
    // A process that cannot be made has no exit; one that is gone cannot be told anything.
    worker.on('error', () => {
      if (pid === undefined) resolve({ pid, code: null, signal: null });
    });
  });
}
