import type { Client, QueryResultRow } from 'pg';
import { KeptConnection } from '../kept-connection.js';

/** A database that does not answer for this long counts as away, the connection as lost. */
const ANSWER_WITHIN_MS = 1_500;
const CONNECT_WITHIN_MS = 1_500;

export type NotificationListener = (channel: string, payload: string) => void;

/**
 * The one connection by which a node belongs to its service: it listens on it and renews its lease
 * over it, so that whoever renews is not deaf.
 */
export class NodeLine {
  private readonly connection: KeptConnection;
  private last: Promise<unknown> = Promise.resolve();
  private readonly listeners: NotificationListener[] = [];

  constructor(
    connectionString: string,
    private readonly channels: readonly string[],
  ) {
    const config = {
      connectionString,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'causerie node',
    };
    this.connection = new KeptConnection(config, (client) => this.listen(client));
  }

  onNotification(listener: NotificationListener): void {
    this.listeners.push(listener);
  }

  /** Queries are asked one after the other. */
  query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const answer = this.last.then(() => this.connection.query<Row>({ text, values }));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    await this.last;
    await this.connection.close();
  }

  private async listen(client: Client): Promise<void> {
    client.on('notification', ({ channel, payload = '' }) => {
      for (const listener of this.listeners) listener(channel, payload);
    });
    for (const channel of this.channels) {
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    }
  }
}
