import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

/** Long, since machines are shared; what is tested ends far below it. */
const PATIENCE_MS = 40_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service, run as an operator runs it: a process of its own, in an empty folder. */
export class ServiceProcess {
  stdout = '';
  stderr = '';
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'causerie-process-'));

  constructor(variables: Record<string, string>, args: readonly string[] = []) {
    this.child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist/service/main.js'), ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    // 'close' rather than 'exit': everything it printed has been read by then.
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      rmSync(this.folder, { recursive: true, force: true });
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /** Resolves when the service says that it is ready; rejects when it ends before. */
  async ready(): Promise<this> {
    await this.printed('"event":"READY"');
    return this;
  }

  /** Resolves when that text stands in what was printed. */
  printed(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () =>
        reject(new Error(`Never printed ${text}:\n${this.stdout}${this.stderr}`));
      const timer = setTimeout(giveUp, PATIENCE_MS);
      const look = () => {
        if (!this.stdout.includes(text)) return;
        clearTimeout(timer);
        this.child.stdout?.off('data', look);
        resolve();
      };
      this.child.stdout?.on('data', look);
      this.child.once('close', giveUp);
      look();
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The service was not started');
    return this.child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** For the end of a test: ends it if it still runs. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Every line of the log, parsed; fails where a line that looks like one is no JSON. */
  get logLines(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/**
 * A free port below the ephemeral range: a client that tries to reconnect while nobody listens
 * could otherwise be given this very port as its own, and meet itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().unref();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
