import type { QueryResultRow } from 'pg';
import { KeptConnection } from './kept-connection.js';

/** A database that does not answer for this long counts as away, its connection as lost. */
const ANSWER_WITHIN_MS = 10_000;
/**
 * Before that, the database itself gives up what waits for a lock: it would go on waiting for
 * nobody otherwise, and each new try would queue up behind it.
 */
const EXECUTE_WITHIN_MS = 9_000;
const CONNECT_WITHIN_MS = 3_000;

/** An answer means durable, also on a server that is set to forget its last moments. */
const DURABLE = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'`;

/**
 * One statement, planned once, on a connection of its own: the hot path neither waits for the
 * pool nor re-parses.
 */
export class PreparedStatement {
  private readonly connection: KeptConnection;

  constructor(
    connectionString: string,
    private readonly statement: { readonly name: string; readonly text: string },
  ) {
    const config = {
      connectionString,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: `causerie ${statement.name}`,
    };
    this.connection = new KeptConnection(config, async (client) => {
      await client.query(`SET statement_timeout = ${EXECUTE_WITHIN_MS}`);
      await client.query(DURABLE);
    });
  }

  /** Not for concurrent use: the caller has one call in flight at a time. */
  run<Row extends QueryResultRow>(values: readonly unknown[]): Promise<Row[]> {
    return this.connection.query<Row>({ ...this.statement, values: [...values] });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
