import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const fixture = resolve('test/persistence/fixtures/embedded-postgres-service.mjs');

export interface ServiceEvent {
  readonly event: string;
  readonly url?: string;
  readonly pid?: number;
  readonly message?: string;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A process of its own that runs the launcher, and remembers each event it reports. */
export class ServiceProcess {
  readonly events: ServiceEvent[] = [];
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcess;
  private hasExited = false;
  private readonly news = new EventEmitter();

  constructor(launcher: string, dataDir: string, account?: Account, temporary?: string) {
    this.child = spawn(process.execPath, [fixture, launcher, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, ...(temporary && { TMPDIR: temporary }) },
      ...account,
    });
    this.exited = once(this.child, 'close').then(() => {
      this.hasExited = true;
      this.news.emit('news');
    });
    if (this.child.stdout === null) throw new Error('the service has no output');
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as ServiceEvent);
      this.news.emit('news');
    });
  }

  /** The first event of this name, past or to come; fails when the process exits without it. */
  async event(name: string): Promise<ServiceEvent> {
    for (;;) {
      const found = this.events.find(({ event }) => event === name);
      if (found !== undefined) return found;
      if (this.hasExited) {
        throw new Error(`no "${name}" among ${JSON.stringify(this.events, undefined, 1)}`);
      }
      await once(this.news, 'news');
    }
  }

  async ready(): Promise<{ url: string; pid: number }> {
    const { url = '', pid = 0 } = await this.event('ready');
    return { url, pid };
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }

  /** For two callers that must not wait for each other. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
