import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { EmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.js';
import { processExists } from '../../src/persistence/embedded-postgres/processes.js';
import { compileLauncher } from './support/compiled-launcher.js';
import {
  endServers,
  query,
  removeTemporaryFolders,
  temporaryFolder,
} from './support/database-folder.js';
import { SeededCluster } from './support/seeded-cluster.js';
import { ServiceProcess } from './support/service-process.js';

const settings = { fsync: 'off' };

let seeded: SeededCluster;

beforeAll(async () => {
  seeded = await SeededCluster.make();
});

afterEach(endServers);

afterAll(removeTemporaryFolders);

describe('the embedded PostgreSQL', () => {
  it('makes a UTF-8 database in code point order, for a role that is no superuser', async () => {
    const server = await EmbeddedPostgres.start({ dataDir: inNewFolder(), settings });
    try {
      const [row] = await query(
        server.url,
        `SELECT current_user AS role, current_database() AS database, current_setting('is_superuser') AS super,
                current_setting('server_encoding') AS encoding, 'Z' < 'a' AS by_code_point, lower('É') AS lower`,
      );
      expect(row).toEqual({
        role: 'causerie',
        database: 'causerie',
        super: 'off',
        encoding: 'UTF8',
        by_code_point: true,
        lower: 'é',
      });
      await query(server.url, 'CREATE DATABASE another');
    } finally {
      await server.stop();
    }
  });

  it('is reachable from this machine only, with the password only', async () => {
    const server = await EmbeddedPostgres.start({ dataDir: seeded.copy(), settings });
    try {
      const [row] = await query(
        server.url,
        `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets`,
      );
      expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' });
      const guess = server.url.replace(/:[^:@]+@/, ':guess@');
      await expect(query(guess, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    } finally {
      await server.stop();
    }
  });

  it('keeps the password in a file for its owner alone, and out of its log and its events', async () => {
    const dataDir = inNewFolder();
    const events: unknown[] = [];
    const log = (...event: unknown[]) => void events.push(event);
    const server = await EmbeddedPostgres.start({ dataDir, settings, log });
    await server.stop();
    const secrets = [
      new URL(server.url).password,
      readFileSync(join(dataDir, 'password'), 'utf8').trim(),
    ];
    const said = readFileSync(join(dataDir, 'server.log'), 'utf8') + JSON.stringify(events);
    for (const secret of secrets) expect(said).not.toContain(secret);
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'cluster')).mode & 0o777).toBe(0o700);
  });

  it('keeps the data from one start to the next and leaves no process between them', async () => {
    const dataDir = seeded.copy();
    const first = await EmbeddedPostgres.start({ dataDir, settings });
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await Promise.all([first.stop(), first.stop()]);
    await first.stop();
    expect(processExists(first.pid)).toBe(false);
    expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false);

    const second = await EmbeddedPostgres.start({ dataDir, settings });
    try {
      expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    } finally {
      await second.stop();
    }
  });

  it('says what the server said when it does not start, and leaves nothing running', async () => {
    const dataDir = seeded.copy();
    const start = EmbeddedPostgres.start({
      dataDir,
      settings: { ...settings, work_mem: 'plenty' },
    });
    await expect(start).rejects.toThrow(/invalid value for parameter "work_mem": "plenty"/);
    expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false);
  });

  it('refuses a database of another major version and says what to do', async () => {
    const dataDir = inNewFolder();
    mkdirSync(join(dataDir, 'cluster'), { recursive: true });
    writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '15\n');
    const start = EmbeddedPostgres.start({ dataDir, settings });
    await expect(start).rejects.toThrow(/made by PostgreSQL 15.+ships PostgreSQL \d\d.+pg_dump/);
  });

  it('never touches a folder that is not its own', async () => {
    const dataDir = inNewFolder();
    mkdirSync(join(dataDir, 'cluster'), { recursive: true });
    writeFileSync(join(dataDir, 'cluster', 'thesis.txt'), 'years of work');
    const start = EmbeddedPostgres.start({ dataDir, settings });
    await expect(start).rejects.toThrow(/is not a PostgreSQL cluster/);
    expect(readdirSync(join(dataDir, 'cluster'))).toEqual(['thesis.txt']);
  });

  it('asks for the password file of an existing database instead of making another', async () => {
    const dataDir = seeded.copy();
    const server = await EmbeddedPostgres.start({ dataDir, settings });
    await server.stop();
    rmSync(join(dataDir, 'password'));
    await expect(EmbeddedPostgres.start({ dataDir, settings })).rejects.toThrow(
      /password is missing/,
    );
  });

  it('keeps its log small from start to start', async () => {
    const dataDir = seeded.copy();
    writeFileSync(join(dataDir, 'server.log'), 'x'.repeat(2_000_000));
    const server = await EmbeddedPostgres.start({ dataDir, settings });
    await server.stop();
    expect(statSync(join(dataDir, 'server.log')).size).toBeLessThan(100_000);
    expect(statSync(join(dataDir, 'server.log.1')).size).toBe(2_000_000);
  });

  it('points to DATABASE_URL where the platform has no binaries', async () => {
    const folder = temporaryFolder();
    const service = new ServiceProcess(compileLauncher(folder), join(folder, 'data'));
    const { message } = await service.event('failed');
    expect(message).toMatch(/@embedded-postgres\/.+ is missing.+Set DATABASE_URL/);
    await service.exited;
  });
});

function inNewFolder(): string {
  return join(temporaryFolder(), 'data');
}
