import pg, { type QueryResultRow } from 'pg';

/** A database that does not answer for this long counts as away, the connection as lost. */
const ANSWER_WITHIN_MS = 1_500;
const CONNECT_WITHIN_MS = 1_500;

export type NotificationListener = (channel: string, payload: string) => void;

/**
 * The one connection by which a node belongs to its service: it listens on it and renews its lease
 * over it, so that whoever renews is not deaf. After a lost connection the next query opens a new one.
 */
export class NodeLine {
  private client: Promise<pg.Client> | null = null;
  private latest: pg.Client | null = null;
  private isClosed = false;
  private last: Promise<unknown> = Promise.resolve();
  private readonly listeners: NotificationListener[] = [];

  constructor(
    private readonly connectionString: string,
    private readonly channels: readonly string[],
  ) {}

  onNotification(listener: NotificationListener): void {
    this.listeners.push(listener);
  }

  /** One after the other: the driver keeps no queue for us. */
  query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const answer = this.last.then(() => this.send<Row>(text, values));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  private async send<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    if (this.isClosed) throw new Error('The line is closed');
    const client = await (this.client ??= this.connect());
    try {
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') this.abandon(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.last;
    this.isClosed = true;
    const client = await this.client?.catch(() => null);
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'causerie node',
      keepAlive: true,
    });
    this.latest = client;
    client.on('error', () => this.abandon(client));
    client.on('end', () => this.abandon(client));
    client.on('notification', ({ channel, payload = '' }) => {
      for (const listener of this.listeners) listener(channel, payload);
    });
    try {
      await client.connect();
      for (const channel of this.channels) {
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      }
      return client;
    } catch (error) {
      this.abandon(client);
      throw error;
    }
  }

  private abandon(client: pg.Client): void {
    if (client === this.latest) this.client = null;
    client.end().catch(() => undefined);
  }
}
