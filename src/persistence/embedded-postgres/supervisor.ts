import { setTimeout as delay } from 'node:timers/promises';

import { errorMessage } from './embedded-postgres.error.js';
import { launch } from './launch.js';
import { claimOwnership, ClusterInUseError, type Ownership } from './ownership.js';
import type { Postmaster } from './postmaster.js';
import type { Runtime } from './runtime.js';
import { requestShutdown, shutDown } from './shut-down.js';
import type { HeldServer } from './take-over.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A server that ran this long is not the victim of whatever ended the one before. */
const STABLE_AFTER_MS = 10_000;
const CLAIM_EVERY_MS = 50;

/** Keeps one server running at one port until it is told to stop. */
export class Supervisor {
  private postmaster: Postmaster;
  private ownership: Ownership;
  private readonly stopping = new AbortController();
  private readonly stopRequested = new Promise<void>((resolve) => {
    this.stopping.signal.addEventListener('abort', () => resolve());
  });
  private readonly watching: Promise<void>;
  private startedAt = Date.now();
  private pauseMs = 0;
  private isLost = false;

  constructor(
    private readonly runtime: Runtime,
    held: HeldServer,
  ) {
    this.postmaster = held.postmaster;
    this.ownership = held.ownership;
    this.watching = this.watch();
  }

  get pid(): number {
    return this.postmaster.pid;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    if (this.isLost) return;
    // The session stays open up to here: while it does, no other service adopts what we are ending.
    await shutDown(this.runtime, this.postmaster);
    await this.ownership.end();
    this.runtime.log('stopped');
  }

  /** Asks the server to end without waiting, for a process that is about to exit. */
  abandon(): void {
    if (!this.isLost && this.postmaster.isAlive())
      requestShutdown(this.runtime, this.postmaster.pid, 'SIGINT');
  }

  private async watch(): Promise<void> {
    while (!this.isStopping()) {
      await Promise.race([this.postmaster.ended, this.ownership.lost, this.stopRequested]);
      await this.ownershipKept();
    }
  }

  /** Gets back to a server that is ours, from a broken session or a dead server. */
  private async ownershipKept(): Promise<void> {
    while (!this.isStopping()) {
      try {
        if (!this.postmaster.isAlive()) await this.relaunch();
        const broken = this.ownership;
        this.ownership = await claimOwnership(this.runtime, this.postmaster.port);
        void broken.end();
        return;
      } catch (error) {
        if (error instanceof ClusterInUseError) {
          this.giveUp(error);
          return;
        }
        await this.pause(CLAIM_EVERY_MS);
      }
    }
  }

  private async relaunch(): Promise<void> {
    const { pid, port } = this.postmaster;
    this.postmaster.forget();
    this.runtime.log('the server died, restarting it', { pid, port });
    await this.pause(this.nextPause());
    if (this.isStopping()) return;
    try {
      this.postmaster = await launch(this.runtime, port, this.stopping.signal);
      this.runtime.log('restarted after a crash', { pid: this.postmaster.pid, port });
    } catch (error) {
      if (!this.isStopping()) {
        this.runtime.log('restarting failed', { error: errorMessage(error) });
      }
      throw error;
    }
  }

  /** None after the first death, then twice as long each time it dies soon again. */
  private nextPause(): number {
    const pause = Date.now() - this.startedAt > STABLE_AFTER_MS ? 0 : this.pauseMs;
    this.pauseMs = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.startedAt = Date.now();
    return pause;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async pause(milliseconds: number): Promise<void> {
    const { signal } = this.stopping;
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  /** Another service took the cluster while our server was down: touching it now would harm both. */
  private giveUp(error: ClusterInUseError): void {
    this.runtime.log('lost the database to another service', { error: error.message });
    this.isLost = true;
    this.postmaster.forget();
    this.stopping.abort();
  }
}
