import pg, { type QueryResultRow } from 'pg';

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
 * pool nor re-parses. After a lost connection the next call opens a new one.
 */
export class PreparedStatement {
  private client: Promise<pg.Client> | null = null;
  /** The newest connection: one given up may fail again when it has long been replaced. */
  private latest: pg.Client | null = null;

  constructor(
    private readonly connectionString: string,
    private readonly statement: { readonly name: string; readonly text: string },
  ) {}

  /** Not for concurrent use: the caller has one call in flight at a time. */
  async run<Row extends QueryResultRow>(values: readonly unknown[]): Promise<Row[]> {
    const client = await (this.client ??= this.connect());
    try {
      const { rows } = await client.query<Row>({ ...this.statement, values: [...values] });
      return rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') this.abandon(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => null);
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: `causerie ${this.statement.name}`,
      keepAlive: true,
    });
    this.latest = client;
    client.on('error', () => this.abandon(client));
    try {
      await client.connect();
      await client.query(`SET statement_timeout = ${EXECUTE_WITHIN_MS}`);
      await client.query(DURABLE);
      return client;
    } catch (error) {
      this.abandon(client);
      throw error;
    }
  }

  /** Never reuses a connection in doubt: an answer that comes late would be taken for the next. */
  private abandon(client: pg.Client): void {
    if (client === this.latest) this.client = null;
    client.end().catch(() => undefined);
  }
}
