import pg from 'pg';

/** How the driver words its `query_timeout`; it gives no code. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';

/**
 * A pooled connection that closes itself once a query goes unanswered. The pool takes back
 * whatever is not closed: connections that died silently (a failover, a firewall that forgot
 * them) would be handed out again and again until TCP gives up, a quarter of an hour later.
 *
 * Its errors are always heard: on its way from the pool to whom it is for, nobody listens, and one
 * that comes in the same read as the server's welcome would end the process. The query that
 * follows tells of it.
 */
export class PoolClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }

  override query(...args: never[]): never {
    const answer: unknown = super.query(...(args as unknown as [string]));
    if (answer instanceof Promise) answer.catch((error: unknown) => this.closeIfUnanswered(error));
    return answer as never;
  }

  private closeIfUnanswered(error: unknown): void {
    if (isUnanswered(error)) this.end().catch(() => undefined);
  }
}
