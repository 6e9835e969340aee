import pg, { type QueryConfig, type QueryResultRow } from 'pg';

/**
 * One connection to the database, kept by whoever needs it to be the same one or does not want to
 * wait for the pool. After one that was lost, or is in doubt, the next query opens another. Not for
 * concurrent use: the caller has one query in flight at a time.
 */
export class KeptConnection {
  private client: Promise<pg.Client> | null = null;
  private isClosed = false;
  /** The newest one: one given up may fail again when it has long been replaced. */
  private latest: pg.Client | null = null;

  /** `prepare`: what is done with each before it is used. */
  constructor(
    private readonly config: pg.ClientConfig,
    private readonly prepare: (client: pg.Client) => Promise<unknown>,
  ) {}

  async query<Row extends QueryResultRow>(query: QueryConfig): Promise<Row[]> {
    if (this.isClosed) throw new Error('The connection is closed');
    const client = await (this.client ??= this.connect());
    try {
      return (await client.query<Row>(query)).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') this.abandon(client);
      throw error;
    }
  }

  /** For good. */
  async close(): Promise<void> {
    this.isClosed = true;
    const client = await this.client?.catch(() => null);
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.config, keepAlive: true });
    this.latest = client;
    client.on('error', () => this.abandon(client));
    try {
      await client.connect();
      await this.prepare(client);
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
