import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findFreePort } from '../../src/persistence/embedded-postgres/free-port.js';
import { describeWhere } from './needs.js';

const LOOK_EVERY_MS = 10;

const isInstalled = spawnSync('redis-server', ['--version']).status === 0;

export function describeWithRedis(name: string, tests: () => void | Promise<void>): void {
  describeWhere({ isThere: isInstalled, lack: 'no redis-server on the PATH' }, name, tests);
}

/** A Redis of one test's own, always at one address, which the test kills, pauses and empties. */
export class RedisServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'causerie-redis-'));
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  /** `settings`: more of its command line, such as `--cluster-enabled yes`. */
  static async start(settings: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await findFreePort(), settings);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** It keeps nothing over a restart. */
  async up(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', ''];
    const child = spawn('redis-server', [...settings, '--dir', this.folder, ...this.settings], {
      stdio: 'ignore',
    });
    this.child = child;
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([this.answers(), failed]);
  }

  async down(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  /** Its connections stay open, and nothing answers. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Runs one command and returns its answer. */
  async command(name: string, ...values: string[]): Promise<unknown> {
    const client = new Redis(this.port, '127.0.0.1', { retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      return await client.call(name, ...values);
    } finally {
      client.disconnect();
    }
  }

  async remove(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private async answers(): Promise<void> {
    for (;;) {
      const answer = await this.command('PING').catch(() => null);
      if (answer !== null) return;
      if (!this.isRunning) throw new Error('redis-server ended');
      await delay(LOOK_EVERY_MS);
    }
  }
}
