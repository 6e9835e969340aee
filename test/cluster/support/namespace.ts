import { execFileSync, spawnSync } from 'node:child_process';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { describeWhere } from '../../support/needs.js';

const isRoot = process.getuid?.() === 0;
const CUTTING_WIRES = {
  isThere: isRoot && spawnSync('ip', ['netns', 'list']).status === 0,
  lack: 'not root, or no ip of iproute2 on the PATH',
  mustBe: Boolean(process.env.CI) && isRoot,
};

export function describeWithNamespaces(name: string, tests: () => void): void {
  describeWhere(CUTTING_WIRES, name, tests);
}

const LINKS = ['redis', 'postgres', 'clients'] as const;
export type Link = (typeof LINKS)[number];

const ip = (...words: string[]): void => void execFileSync('ip', words, { stdio: 'pipe' });

/** A place for one node, with a wire of its own to each that it talks to. */
export class Namespace {
  readonly name = `causerie-${process.pid}`;
  /** What is run there is run by this. */
  readonly command = ['ip', 'netns', 'exec', this.name];
  private readonly forwarders: Forwarder[] = [];

  constructor() {
    this.remove();
    ip('netns', 'add', this.name);
    try {
      this.inside('link', 'set', 'lo', 'up');
      for (const link of LINKS) this.wire(link);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Of the node, as clients reach it. */
  get host(): string {
    return this.address('clients', 2);
  }

  /** What listens on this machine's loopback is reached over that wire at the address it returns. */
  async offer(link: Link, port: number): Promise<string> {
    const host = this.address(link, 1);
    const forwarder = new Forwarder(port);
    this.forwarders.push(forwarder);
    return `${host}:${await forwarder.listen(host)}`;
  }

  /** Nothing gets through any more, and nobody is told. */
  cut(link: Link): void {
    ip('link', 'set', this.interfaceOf(link, 'h'), 'down');
  }

  mend(link: Link): void {
    ip('link', 'set', this.interfaceOf(link, 'h'), 'up');
  }

  /** Whatever became of the test; the wires go with it. */
  remove(): void {
    for (const forwarder of this.forwarders.splice(0)) forwarder.close();
    spawnSync('ip', ['netns', 'del', this.name]);
    for (const link of LINKS) spawnSync('ip', ['link', 'del', this.interfaceOf(link, 'h')]);
  }

  private wire(link: Link): void {
    const [here, there] = [this.interfaceOf(link, 'h'), this.interfaceOf(link, 'n')];
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.name);
    ip('addr', 'add', `${this.address(link, 1)}/30`, 'dev', here);
    this.inside('addr', 'add', `${this.address(link, 2)}/30`, 'dev', there);
    ip('link', 'set', here, 'up');
    this.inside('link', 'set', there, 'up');
  }

  private inside(...words: string[]): void {
    ip('-n', this.name, ...words);
  }

  /** Names of interfaces are of 15 characters at most. */
  private interfaceOf(link: Link, end: 'h' | 'n'): string {
    return `c${end}${link.slice(0, 3)}${process.pid}`;
  }

  private address(link: Link, host: 1 | 2): string {
    const { pid } = process;
    return `10.${200 + (pid % 50)}.${Math.floor(pid / 50) % 250}.${4 * LINKS.indexOf(link) + host}`;
  }
}

/** Carries connections on to a port of the loopback. */
class Forwarder {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(port: number) {
    this.server = createServer((socket) => {
      const target = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [socket, target],
        [target, socket],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  async listen(host: string): Promise<number> {
    this.server.listen(0, host);
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    return address.port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
