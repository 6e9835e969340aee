import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

const serverUrl = (): string => {
  const url = process.env.CAUSERIE_TEST_POSTGRES;
  if (!url) throw new Error('The global setup of the tests did not run');
  return url;
};

/** A migrated database of its own for one suite, in the cluster that all suites share. */
export const createDatabase = (): Promise<TestDatabase> => databaseLike('migrated');

/** As `createDatabase`, with nothing in it. */
export const createEmptyDatabase = (): Promise<TestDatabase> => databaseLike('template1');

/** Copying is much faster than migrating: see the global setup. */
async function databaseLike(template: string): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await queryOnce(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  // Suites ask in loops, and a session of its own for each question costs more than the answer.
  const sessions = new pg.Pool({ connectionString: url.href, max: 4 });
  sessions.on('error', () => undefined);
  return {
    url: url.href,
    query: async (sql, values) => (await sessions.query<Record<string, unknown>>(sql, values)).rows,
    drop: async () => {
      // A test may have taken it away already.
      if (!sessions.ended) await sessions.end();
      await queryOnce(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

export async function queryOnce(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
