import { ChatError } from '../core/core.errors.js';

/** Every SQLSTATE has a digit; `EPIPE` has none. */
const sqlState = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
};

/** Data exceptions (22) and constraint violations (23): trying the rows singly can help. */
export const isDataError = (error: unknown): boolean => /^2[23]/.test(sqlState(error) ?? '');

export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505';

export const breaks = (error: unknown, constraint: string): boolean =>
  sqlState(error) === '23503' && (error as { constraint?: unknown }).constraint === constraint;

/**
 * A statement that did not reach the database, or did not come back: nothing is known to be
 * committed. Anything with an SQL state of its own classes is a fault of ours instead.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  // 08 connection, 53 resources, 57 shutdown and cancellation, 40 rollbacks, 55 locks;
  // 28 and 3D: refused at the door, as during a restore of the database.
  if (state !== undefined) return /^(08|53|57|40|55|28|3D)/.test(state);
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}

/** What callers are told about a failed statement. */
export const asUnavailable = (error: unknown): unknown =>
  !(error instanceof ChatError) && isOutage(error)
    ? new ChatError('UNAVAILABLE', { cause: error })
    : error;

/** Wraps a store so that an outage reads UNAVAILABLE to the core, which knows no SQL. */
export function reportingOutages<S extends object>(store: S): S {
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return result.catch((error: unknown) => {
          throw asUnavailable(error);
        });
      };
    },
  });
}
