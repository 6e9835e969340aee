import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from '../../src/persistence/embedded-postgres/free-port.js';
import { launch } from '../../src/persistence/embedded-postgres/launch.js';
import { claimOwnership } from '../../src/persistence/embedded-postgres/ownership.js';
import type { Postmaster } from '../../src/persistence/embedded-postgres/postmaster.js';
import { prepareRuntime, type Runtime } from '../../src/persistence/embedded-postgres/runtime.js';
import { queryOnce } from './database.js';

const LOOK_EVERY_MS = 10;

/** How an operator ends PostgreSQL: `fast` ends sessions first, `immediate` is a crash. */
const SHUTDOWN = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/**
 * A PostgreSQL of one test's own, with everything on that makes a commit durable, which nobody
 * brings back: the test alone decides when it is up, down or paused. Always at one address.
 */
export class PostgresServer {
  private postmaster: Postmaster | null = null;
  private paused: number[] = [];

  private constructor(
    private readonly folder: string,
    private readonly runtime: Runtime,
    private readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'causerie-postgres-'));
    const runtime = await prepareRuntime(join(folder, 'postgres'), {}, () => undefined);
    const server = new PostgresServer(folder, runtime, await findFreePort());
    await server.up();
    // Makes the role and the database on the way.
    const ownership = await claimOwnership(runtime, server.port);
    await ownership.end();
    return server;
  }

  get url(): string {
    return `postgres://causerie:${this.runtime.secret.service}@127.0.0.1:${this.port}/causerie`;
  }

  readonly query = (sql: string, values?: unknown[]) => queryOnce(this.url, sql, values);

  /** A session for a test that holds locks, or asks about others' sessions. Close it. */
  async session(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async up(): Promise<void> {
    this.postmaster = await launch(this.runtime, this.port, new AbortController().signal);
  }

  /** Resolves when the server has ended. */
  async down(how: keyof typeof SHUTDOWN): Promise<void> {
    const { postmaster } = this;
    if (!postmaster?.isAlive()) return;
    process.kill(postmaster.pid, SHUTDOWN[how]);
    await postmaster.ended;
  }

  /** Stops all of its processes where they are: connections stay open, and nothing answers. */
  async pause(): Promise<void> {
    if (!this.postmaster) throw new Error('The server does not run');
    const session = await this.session();
    this.halt(this.postmaster.pid);
    // The postmaster forks nobody any more, so this list is complete.
    const { rows } = await session.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    for (const { pid } of rows) this.halt(pid);
    await session.end();
  }

  resume(): void {
    for (const pid of this.paused.splice(0)) signal(pid, 'SIGCONT');
  }

  /** Resolves when a client of its own gets an answer. */
  async answers(): Promise<void> {
    while (!(await this.query('SELECT 1').catch(() => null))) await delay(LOOK_EVERY_MS);
  }

  async remove(): Promise<void> {
    this.resume();
    await this.down('immediate');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private halt(pid: number): void {
    this.paused.push(pid);
    signal(pid, 'SIGSTOP');
  }
}

/** A backend may have ended by itself meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
