import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Client } from 'pg';

import { EmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.js';
import { processExists } from '../../src/persistence/embedded-postgres/processes.js';
import { compileLauncher } from './support/compiled-launcher.js';
import {
  answers,
  endServers,
  eventually,
  query,
  removeTemporaryFolders,
  temporaryFolder,
} from './support/database-folder.js';
import { SeededCluster } from './support/seeded-cluster.js';
import { ServiceProcess } from './support/service-process.js';

const settings = { fsync: 'off' };
let seeded: SeededCluster;
let launcher: string;
let dataDir: string;
let services: ServiceProcess[] = [];
let strangers: ChildProcess[] = [];

beforeAll(async () => {
  launcher = compileLauncher(temporaryFolder(0o755), resolve('node_modules'));
  seeded = await SeededCluster.make();
});

beforeEach(() => {
  dataDir = seeded.copy();
});

afterEach(async () => {
  for (const stranger of strangers) stranger.kill('SIGKILL');
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  services = [];
  strangers = [];
  await endServers();
});

afterAll(removeTemporaryFolders);

describe('when the service is killed', () => {
  it('adopts the server it left behind, and then looks after it', async () => {
    const killed = startService();
    const { pid, url } = await killed.ready();
    await query(url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await killed.end('SIGKILL');

    const heir = startService();
    const adopted = await heir.ready();
    expect(adopted).toEqual({ pid, url });
    expect(await query(adopted.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);

    process.kill(pid, 'SIGKILL');
    const restarted = await heir.event('restarted after a crash');
    await eventually(() => answers(adopted.url));
    expect(await query(adopted.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await heir.end('SIGTERM');
    expect(processExists(restarted.pid ?? 0)).toBe(false);
  });

  it('stops a server it has adopted', async () => {
    const killed = startService();
    const { pid } = await killed.ready();
    await killed.end('SIGKILL');
    const heir = startService();
    await heir.ready();
    await heir.end('SIGTERM');
    expect(processExists(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false);
  });

  it('recovers what was committed when the server was killed with it', async () => {
    const killed = startService();
    const { pid, url } = await killed.ready();
    await query(url, 'CREATE TABLE kept AS SELECT 7 AS n');
    const gone = killed.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await gone;
    const server = await EmbeddedPostgres.start({ dataDir, settings });
    try {
      expect(server.pid).not.toBe(pid);
      expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    } finally {
      await server.stop();
    }
  });

  it('redoes an initialisation that was cut short', async () => {
    dataDir = join(temporaryFolder(), 'new');
    const killed = startService();
    await killed.event('initialising the database');
    await eventually(() =>
      draftsIn(dataDir).some((draft) => existsSync(join(draft, 'cluster', 'base'))),
    );
    await killed.end('SIGKILL');
    expect(existsSync(join(dataDir, 'cluster'))).toBe(false);

    const heir = startService();
    const { url } = await heir.ready();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(draftsIn(dataDir)).toEqual([]);
    await heir.end('SIGTERM');
  });

  it('is not misled by another program that was given the id of its dead server', async () => {
    const stranger = await becomeStranger('exec sleep 1000');
    await expectStartDespite(stranger.pid ?? 0);
  });

  it('is not misled by a zombie with the id of its dead server', async () => {
    const parent = await becomeStranger('sleep 0.01 & echo $!; exec sleep 1000');
    const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    await eventually(() => !processExists(zombie));
    process.kill(zombie, 0);
    await expectStartDespite(zombie);
  });

  it('leaves no server behind when the service exits without stopping it', async () => {
    const careless = startService();
    const { pid } = await careless.ready();
    await careless.end('SIGUSR2');
    await eventually(() => !processExists(pid));
  });
});

describe('two services on one folder', () => {
  it('refuses the second and does not disturb the first', async () => {
    const first = startService();
    const { pid, url } = await first.ready();
    const second = startService();
    const { message } = await second.event('failed');
    expect(message).toMatch(/in use by another Causerie \(process \d+\).+DATABASE_URL/);
    await second.exited;
    expect(processExists(pid)).toBe(true);
    expect(await answers(url)).toBe(true);
  });

  it('lets exactly one win when both start at once on an empty folder', async () => {
    dataDir = join(temporaryFolder(), 'new');
    const both = [startService(), startService()];
    const outcomes = await Promise.all(
      both.map((service) => Promise.any([service.event('ready'), service.event('failed')])),
    );
    expect(outcomes.map(({ event }) => event).sort()).toEqual(['failed', 'ready']);
  });

  it('still refuses the second after the server has reinitialised itself', async () => {
    const first = startService();
    const { url, pid } = await first.ready();
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await eventually(() => answers(url));
    await eventually(async () => (await owners(url)) === 1);
    const second = startService();
    expect((await second.event('failed')).message).toMatch(/in use by another Causerie/);
    expect(processExists(pid)).toBe(true);
  });

  it('waits for a predecessor that is just stopping', async () => {
    const first = startService();
    const { pid } = await first.ready();
    first.signal('SIGTERM');
    const second = startService();
    expect((await second.ready()).pid).not.toBe(pid);
    await first.exited;
    await second.end('SIGTERM');
  });
});

describe('when the server is killed', () => {
  it('restarts it at once at the same address, with what was committed', async () => {
    await withServer(async (server) => {
      await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
      const { pid } = server;
      process.kill(pid, 'SIGKILL');
      await eventually(() => answers(server.url), 2_000);
      expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
      expect(server.pid).not.toBe(pid);
    });
  });

  it('does so again and again', async () => {
    await withServer(async (server) => {
      for (let round = 0; round < 4; round += 1) {
        const { pid } = server;
        process.kill(pid, 'SIGKILL');
        await eventually(() => server.pid !== pid && answers(server.url));
      }
    });
  });

  it('ends a backend that goes on computing for nobody', async () => {
    await withServer(async (server) => {
      const client = new Client(server.url);
      client.on('error', () => undefined);
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      // A loop without a single moment in which the backend could notice that it is alone.
      client.query('SELECT count(*) FROM generate_series(1, 1e12)').catch(() => undefined);
      await eventually(() => isComputing(server.url, rows[0]?.pid ?? 0));
      process.kill(server.pid, 'SIGKILL');
      await eventually(() => answers(server.url), 3_000);
      expect(processExists(rows[0]?.pid ?? 0)).toBe(false);
      // It really was in the way: PostgreSQL does not start beside it.
      expect(readFileSync(join(dataDir, 'server.log'), 'utf8')).toContain('is still in use');
    });
  });

  it('stops for good even in the middle of a restart', async () => {
    const server = await EmbeddedPostgres.start({ dataDir, settings });
    const before = server.pid;
    process.kill(before, 'SIGKILL');
    await eventually(() => !processExists(before));
    await server.stop();
    expect(processExists(server.pid)).toBe(false);
    expect(await answers(server.url)).toBe(false);
  });

  it('runs it in a group of its own, which the terminal does not interrupt', async () => {
    await withServer((server) => {
      if (process.platform !== 'linux') return Promise.resolve();
      const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8');
      const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      expect(Number(group)).toBe(server.pid);
      return Promise.resolve();
    });
  });
});

function startService(): ServiceProcess {
  const service = new ServiceProcess(launcher, dataDir);
  services.push(service);
  return service;
}

async function withServer(use: (server: EmbeddedPostgres) => Promise<void>): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir, settings });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

function draftsIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.startsWith('init-')).map((name) => join(folder, name));
}

/** A process of the account that owns the cluster, as PostgreSQL looks at no other's. */
async function becomeStranger(script: string): Promise<ChildProcess> {
  await withServer(() => Promise.resolve());
  const { uid, gid } = statSync(join(dataDir, 'cluster'));
  const account = process.getuid?.() === 0 ? { uid, gid } : {};
  const stranger = spawn('sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...account,
  });
  strangers.push(stranger);
  await once(stranger, 'spawn');
  return stranger;
}

/** Kills service and server, then writes `pid` where the dead server's id stands. */
async function expectStartDespite(pid: number): Promise<void> {
  const killed = startService();
  const dead = await killed.ready();
  await killed.end('SIGKILL');
  process.kill(dead.pid, 'SIGKILL');
  await eventually(() => !processExists(dead.pid));
  const file = join(dataDir, 'cluster', 'postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(pid)));

  const heir = startService();
  const { url } = await heir.ready();
  expect(await answers(url)).toBe(true);
  expect(processExists(pid)).toBe(isAliveStranger(pid));
  await heir.end('SIGTERM');
}

function isAliveStranger(pid: number): boolean {
  return strangers.some((stranger) => stranger.pid === pid && stranger.exitCode === null);
}

async function owners(url: string): Promise<unknown> {
  const [row] = await query(
    url,
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'causerie-owner-%'`,
  );
  return row?.n;
}

async function isComputing(url: string, pid: number): Promise<boolean> {
  const [row] = await query(
    url,
    `SELECT state = 'active' AND wait_event IS NULL AS computing FROM pg_stat_activity WHERE pid = ${pid}`,
  );
  return row?.computing === true;
}
