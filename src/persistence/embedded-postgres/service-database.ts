import type { Client } from 'pg';

import type { ClusterSecret } from './cluster-secret.js';

/**
 * Makes what the service works with: the role `causerie`, no superuser, and its database. Done at
 * every start and statement by statement, since an earlier start may have ended between any two.
 */
export async function ensureServiceDatabase(client: Client, secret: ClusterSecret): Promise<void> {
  const { rows } = await client.query<{ role: boolean; database: boolean; granted: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'causerie') AS role,
            EXISTS (SELECT FROM pg_database WHERE datname = 'causerie') AS database,
            EXISTS (SELECT FROM pg_auth_members
                     WHERE member = to_regrole('causerie') AND roleid = 'pg_monitor'::regrole) AS granted`,
  );
  const [found] = rows;
  if (found?.role !== true) await client.query(createRole(secret.service));
  if (found?.granted !== true) {
    // Statistics for monitoring; ending sessions (never a superuser's) for DROP DATABASE … FORCE.
    await client.query('GRANT pg_signal_backend, pg_monitor TO causerie');
  }
  if (found?.database !== true) await client.query('CREATE DATABASE causerie OWNER causerie');
}

/** CREATE ROLE takes no parameters; a derived password consists of letters, digits, "-" and "_" alone. */
function createRole(password: string): string {
  return `CREATE ROLE causerie LOGIN CREATEDB PASSWORD '${password}'`;
}
