import type { ValueTransformer } from 'typeorm';

/** PostgreSQL hands out bigint as text; ours stay far below 2^53. */
export const safeInteger: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** The two users of a direct conversation, from the columns that hold them. */
export const pairOf = (
  low: string | null,
  high: string | null,
): readonly [string, string] | null => (low === null || high === null ? null : [low, high]);

/** As `pairOf` reads them: the smaller id first, by code unit, so that a pair has one form. */
export const pairColumns = (a: string, b: string) =>
  a < b ? { directLow: a, directHigh: b } : { directLow: b, directHigh: a };
