import pg from 'pg';

/** How the driver words its `query_timeout`; it gives no code. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';

/**
 * A pooled connection that closes itself once a query goes unanswered. The pool takes back
 * whatever is not closed: connections that died silently (a failover, a firewall that forgot
 * them) would be handed out again and again until TCP gives up, a quarter of an hour later.
 */
export class PoolClient extends pg.Client {
  override query(...args: never[]): never {
    const answer: unknown = super.query(...(args as unknown as [string]));
    if (answer instanceof Promise) answer.catch((error: unknown) => this.closeIfUnanswered(error));
    return answer as never;
  }

  private closeIfUnanswered(error: unknown): void {
    if (isUnanswered(error)) this.end().catch(() => undefined);
  }
}
