import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { EmbeddedPostgresError, errorCode, errorMessage } from './embedded-postgres.error.js';
import type { Runtime } from './runtime.js';
import { ensureServiceDatabase } from './service-database.js';

/** Any fixed number: nothing else takes advisory locks in the "postgres" database. */
const LOCK = 0x63617573;
/** A killed owner's session ends when the server reads from its closed socket: at once, unless very busy. */
const FREED_WITHIN_MS = 2_000;

/** Another living service holds the cluster. */
export class ClusterInUseError extends EmbeddedPostgresError {}

/**
 * The right to a cluster, held as an advisory lock by an open session in the cluster itself: two
 * services can never both have it, and it ends with its holder, however that ends.
 */
export interface Ownership {
  /** Resolves when the session has broken, as it does when the server goes away. */
  readonly lost: Promise<void>;
  end(): Promise<void>;
}

/** Takes ownership of the server at `port`. Fails with ClusterInUseError, or with the connection's error. */
export async function claimOwnership(runtime: Runtime, port: number): Promise<Ownership> {
  const client = newClient(runtime, port);
  const lost = new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.once('error', () => resolve());
  });
  // Errors are seen as the end of the session; unheard they would end the process.
  client.on('error', () => undefined);
  const end = () => client.end().catch(() => undefined);
  try {
    await client.connect();
    await lock(client, runtime);
    await ensureServiceDatabase(client, runtime.secret);
    return { lost, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Whether the server was unreachable for a reason that passes: not up yet, or just going down. */
export function isPassing(error: unknown): boolean {
  const code = errorCode(error);
  const passing = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03'];
  if (code !== undefined) return passing.includes(code);
  return errorMessage(error).startsWith('Connection terminated');
}

function newClient({ secret }: Runtime, port: number): Client {
  return new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: secret.superuser,
    database: 'postgres',
    application_name: `causerie-owner-${process.pid}`,
    connectionTimeoutMillis: 10_000,
    // Whatever the settings say: this session lies idle for as long as the service runs.
    options: '-c idle_session_timeout=0 -c statement_timeout=0',
  });
}

async function lock(client: Client, { home }: Runtime): Promise<void> {
  const deadline = Date.now() + FREED_WITHIN_MS;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS locked',
      [LOCK],
    );
    if (rows[0]?.locked === true) return;
    if (Date.now() > deadline) break;
    await delay(20);
  }
  throw new ClusterInUseError(
    `The database in ${home.path} is in use by another Causerie (${await holder(client)}). ` +
      'Stop that one, or give this one its own DATA_DIR. Several nodes share one database through DATABASE_URL.',
  );
}

async function holder(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_stat_activity JOIN pg_locks USING (pid)
      WHERE locktype = 'advisory' AND granted AND application_name LIKE 'causerie-owner-%'`,
  );
  return `process ${rows[0]?.name.replace('causerie-owner-', '') ?? 'unknown'}`;
}
