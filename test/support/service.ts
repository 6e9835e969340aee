import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { restClient } from './rest-client.js';
import { SECRET, tokenFor, type TestUser } from './tokens.js';

const MAIN = resolve('dist/service/main.js');
const PROBE = resolve('test/support/heap-probe.mjs');
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 25;
/** Enough to see what went wrong, without flooding the report. */
const LOG_LINES_SHOWN = 40;
const LOG_LINE_SHOWN = 400;

/** In bytes. */
export interface Memory {
  /** Of its heap, really in use. */
  readonly heapUsed: number;
  /** Of buffers outside the heap. */
  readonly external: number;
  /** The most that the process ever took of the machine. */
  readonly peak: number;
}

/** By what command it runs, and where it is reached. */
const HERE = { command: [] as readonly string[], host: '127.0.0.1' };

/**
 * The service as an operator runs it: a process of its own, always on the same port, which tests
 * may kill, pause and start again. Needs the build in `dist`.
 */
export class Service {
  readonly url: string;
  /** What all of its processes wrote, oldest first. */
  readonly log: string[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'causerie-service-'));
  private child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly whereabouts: typeof HERE,
  ) {
    this.url = `http://${whereabouts.host}:${port}`;
  }

  /** Starts it and resolves when it says it is ready. */
  static async start(
    variables: Readonly<Record<string, string>>,
    whereabouts = HERE,
  ): Promise<Service> {
    const service = new Service(await freePort(), variables, whereabouts);
    await service.restart();
    return service;
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error('The service does not run');
    return pid;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** A new process, after the one before has ended. */
  async restart(): Promise<void> {
    if (this.isRunning) throw new Error('The service still runs');
    const { command, host } = this.whereabouts;
    const words = [...command, process.execPath, '--expose-gc', '--import', PROBE, MAIN];
    this.child = spawn(words[0] ?? '', words.slice(1), {
      // A folder of its own: no .env of a checkout is read.
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        PORT: String(this.port),
        HOST: host,
        JWT_SECRET: SECRET,
        RATE_LIMIT_CHAT: 'off',
        LOG_LEVEL: 'warn',
        ...this.variables,
      },
    });
    for (const output of [this.child.stdout, this.child.stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => this.log.push(text));
    }
    await this.ready();
  }

  /** What readiness answers now; null when nobody answers. */
  async readiness(): Promise<number | null> {
    const signal = AbortSignal.timeout(5_000);
    return fetch(`${this.url}/health/ready`, { signal }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => null,
    );
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while ((await this.readiness()) !== 200) {
      if (!this.isRunning) throw new Error(`The service ended.\n${this.tail()}`);
      if (Date.now() > deadline) throw new Error(`The service is not ready.\n${this.tail()}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** For pausing it, and whatever else needs no waiting. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Sends the signal and resolves when the process has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** Bytes of its heap that are really in use. */
  async heapUsed(): Promise<number> {
    return (await this.memory()).heapUsed;
  }

  async memory(): Promise<Memory> {
    const before = this.log.length;
    this.signal('SIGUSR2');
    for (;;) {
      const line = /HEAP_USED (\d+) EXTERNAL (\d+) PEAK_RSS (\d+)\n/;
      const found = line.exec(this.log.slice(before).join(''));
      if (found) {
        const [, heapUsed, external, peak] = found.map(Number) as [
          number,
          ...[number, number, number],
        ];
        return { heapUsed, external, peak };
      }
      if (!this.isRunning) throw new Error(`The service ended.\n${this.tail()}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** A conversation of these users, the first being its owner; returns its id. */
  async conversation(users: readonly TestUser[]): Promise<number> {
    const clients = await Promise.all(
      users.map(async (user) => restClient(this.url, await tokenFor(user))),
    );
    // A user is known once it came with a token.
    for (const client of clients) await client.get('/users/me');
    const participantIds = users.slice(1).map(({ id }) => id);
    const created = await clients[0]?.post('/conversations', { type: 'private', participantIds });
    if (created?.status !== 201) throw new Error(`Not created: ${JSON.stringify(created?.body)}`);
    return (created.body as { id: number }).id;
  }

  /** Runs a test's body; when it fails, the service's last words are shown with the failure. */
  async watch(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      throw new Error(`${messageOf(error)}\n\nThe service wrote:\n${this.tail()}`, {
        cause: error,
      });
    }
  }

  /** Whatever became of the test: no process and no folder stays. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private tail(): string {
    const lines = this.log.join('').split('\n').slice(-LOG_LINES_SHOWN);
    return lines.map((line) => line.slice(0, LOG_LINE_SHOWN)).join('\n');
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}
