import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../../src/persistence/embedded-postgres/free-port.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { describeWhere } from '../../support/needs.js';

export interface ProxyKind {
  readonly name: 'nginx' | 'haproxy';
  /** Under `deploy`. */
  readonly file: string;
  /** Asks the binary for its version. */
  readonly version: string;
  /** The file's own address to listen on, up to its port. */
  readonly listens: RegExp;
  readonly args: (file: string, folder: string) => readonly string[];
}

export const NGINX: ProxyKind = {
  name: 'nginx',
  file: 'nginx.conf',
  version: '-v',
  listens: /listen (?=80;)80/,
  args: (file, folder) => [
    ...['-c', file, '-p', folder, '-e', 'stderr'],
    ...['-g', `daemon off; pid ${join(folder, 'nginx.pid')};`],
  ],
};

export const HAPROXY: ProxyKind = {
  name: 'haproxy',
  file: 'haproxy.cfg',
  version: '-v',
  listens: /bind :80/,
  args: (file) => ['-f', file],
};

// Where Debian keeps what only root used to start.
const PATH = `${process.env.PATH ?? ''}:/usr/sbin`;

export function describeWithProxy(kind: ProxyKind, tests: () => void): void {
  const found = spawnSync(kind.name, [kind.version], { env: { PATH } });
  const need = { isThere: found.status === 0, lack: `no ${kind.name} on the PATH` };
  describeWhere(need, `deploy/${kind.file}`, tests);
}

/** A proxy with the very file of `deploy`, in which addresses alone are replaced. */
export class Proxy {
  log = '';
  private readonly folder = mkdtempSync(join(tmpdir(), 'causerie-proxy-'));
  private child: ChildProcess | null = null;

  private constructor(
    private readonly kind: ProxyKind,
    readonly port: number,
  ) {}

  /** `nodes`: the addresses of `node1` and `node2`. */
  static async start(kind: ProxyKind, nodes: readonly string[]): Promise<Proxy> {
    const proxy = new Proxy(kind, await findFreePort());
    await proxy.run(nodes);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async remove(): Promise<void> {
    const { child } = this;
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(nodes: readonly string[]): Promise<void> {
    const file = join(this.folder, this.kind.file);
    writeFileSync(file, this.configuration(nodes));
    const child = spawn(this.kind.name, this.kind.args(file, this.folder), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH },
    });
    this.child = child;
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    }
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      if (child.exitCode !== null) throw new Error(`${this.kind.name} ended:\n${this.log}`);
      await delay(25);
    }
  }

  private configuration(nodes: readonly string[]): string {
    const { file, listens, name } = this.kind;
    let text = readFileSync(join(PACKAGE_ROOT, 'deploy', file), 'utf8');
    const listen = name === 'nginx' ? 'listen' : 'bind';
    text = replaced(text, listens, `${listen} 127.0.0.1:${this.port}`);
    for (const [index, node] of nodes.entries()) {
      text = replaced(text, new RegExp(`\\bnode${index + 1}:3000`, 'g'), node);
    }
    if (name === 'nginx') text = replaced(text, /\/var\/log\/nginx/, this.folder);
    if (name === 'haproxy' || process.getuid?.() === 0) return text;
    // Built into Debian's nginx are folders that only root may write to.
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const lines = temporary.map((each) => `${each}_temp_path ${join(this.folder, each)};`);
    return replaced(text, /http \{/, `http { ${lines.join(' ')}`);
  }
}

function replaced(text: string, pattern: RegExp, by: string): string {
  if (text.search(pattern) < 0) throw new Error(`Nothing to replace: ${String(pattern)}`);
  return text.replace(pattern, by);
}
