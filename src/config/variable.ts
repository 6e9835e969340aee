/** One environment variable: its default as it would be written in a `.env`, and its reader. */
export interface Variable<T> {
  readonly default: string;
  /** Throws a `RuleBroken` with the rule, never with the value. */
  readonly read: (text: string) => T;
}

export class RuleBroken extends Error {}

export const variable = <T>(fallback: string, read: (text: string) => T): Variable<T> => ({
  default: fallback,
  read,
});

export const text = (value: string): string => value;

export const optionalText = (value: string): string | null => value || null;

/** Null where nothing is said. */
export function flag(value: string): boolean | null {
  if (value === '') return null;
  return oneOf('true', 'false')(value) === 'true';
}

export const integer =
  (min: number, max: number) =>
  (value: string): number => {
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new RuleBroken(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };

export const oneOf =
  <T extends string>(...allowed: readonly T[]) =>
  (value: string): T => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new RuleBroken(`must be one of ${allowed.join(', ')}`);
    return found;
  };

export const url =
  (...protocols: readonly string[]) =>
  (value: string): string | null => {
    if (value === '') return null;
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      throw new RuleBroken(`must be a URL starting with ${protocols.join('// or ')}//`);
    }
    return value;
  };

/** Comma-separated exact origins, such as `https://app.example.org`. */
export function origins(value: string): readonly string[] | null {
  if (value === '') return null;
  const list = value.split(',').map((entry) => entry.trim());
  for (const entry of list) {
    if (!URL.canParse(entry) || new URL(entry).origin !== entry) {
      throw new RuleBroken('must list exact origins, such as https://app.example.org');
    }
  }
  return list;
}

export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds; the limiter's timers reach no further. */
const LONGEST_WINDOW = 24 * 86_400;

/** `30/10s`, or several that all hold: `10/1m,100/1h`; `off` for no limit. */
export function rates(value: string): readonly Rate[] {
  if (value === 'off') return [];
  return value.split(',').map((entry) => {
    const [, count, amount, unit] =
      /^([1-9]\d{0,8})\/([1-9]\d{0,5})([smh])$/.exec(entry.trim()) ?? [];
    const seconds = UNITS[unit ?? ''];
    if (seconds === undefined)
      throw new RuleBroken('must look like 30/10s or 10/1m,100/1h, or off');
    const window = Number(amount) * seconds;
    if (window > LONGEST_WINDOW) throw new RuleBroken('must have windows of at most 24 days');
    return { count: Number(count), seconds: window };
  });
}
