/** What the operator reads when the embedded server cannot run: one sentence of cause, one of remedy. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The code of an error from the system or from PostgreSQL. */
export function errorCode(error: unknown): string | undefined {
  return stringIn(error, 'code');
}

export function errorMessage(error: unknown): string {
  return stringIn(error, 'message') ?? String(error);
}

/** Not by instanceof: Node's own errors belong to another realm where modules run in a vm context. */
function stringIn(error: unknown, key: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}
