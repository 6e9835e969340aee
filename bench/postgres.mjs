import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { parentOf } from './cpu.mjs';

const LAUNCHER = 'dist/src/persistence/embedded-postgres/embedded-postgres.js';

/**
 * The run's PostgreSQL: the one of `DATABASE_URL`, else an embedded one, new and with default
 * settings, removed with the run.
 *
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<Postgres>}
 */
export async function openPostgres({ root, belongings }) {
  const url = process.env.DATABASE_URL || (await startEmbedded(root, belongings));
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  belongings.add(() => admin.end());
  return new Postgres(url, admin, belongings);
}

class Postgres {
  #url;
  #admin;
  #belongings;

  constructor(url, admin, belongings) {
    this.#url = url;
    this.#admin = admin;
    this.#belongings = belongings;
  }

  /** @returns {Promise<number | null>} the pid of the server, when it runs on this machine */
  async pid() {
    const { rows } = await this.#admin.query('select pg_backend_pid() as pid');
    return parentOf(rows[0].pid, 'postgres');
  }

  /**
   * @param {string} name of the target whose database it becomes
   * @returns {Promise<string>} its URL
   */
  async createDatabase(name) {
    const database = `causerie_bench_${name}_${process.pid}`;
    await this.#admin.query(`create database ${database}`);
    this.#belongings.add(() => this.#admin.query(`drop database ${database} with (force)`));
    const url = new URL(this.#url);
    url.pathname = `/${database}`;
    return url.href;
  }
}

async function startEmbedded(root, belongings) {
  const launcher = path.join(root, LAUNCHER);
  if (!existsSync(launcher)) throw new Error('build the service first, or set DATABASE_URL');
  const { EmbeddedPostgres } = await import(pathToFileURL(launcher).href);
  const directory = mkdtempSync(path.join(tmpdir(), 'causerie-bench-'));
  belongings.add(() => rmSync(directory, { recursive: true, force: true }));
  // Started by root, the server runs as another user, who has to get there.
  chmodSync(directory, 0o755);
  const postgres = await EmbeddedPostgres.start({ dataDir: path.join(directory, 'postgres') });
  belongings.add(() => postgres.stop());
  return postgres.url;
}
