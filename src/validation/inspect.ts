import { LIMITS } from '../core/core.limits.js';

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL';
  return text.isWellFormed() ? null : 'must not contain lone surrogates';
}

/**
 * What makes a value unfit before anything looks at its meaning: nesting that overflows a stack,
 * more values than any message has, keys that reach a prototype, text that PostgreSQL cannot
 * store, anything but JSON. Null when it is fit. Recursion is bounded by the depth it checks.
 */
export function problemOf(value: unknown): string | null {
  return new Inspection().problemOf(value, 0);
}

/** As `problemOf`, of the nesting and the number of values alone. */
export function sizeProblemOf(value: unknown): string | null {
  return new Inspection(true).problemOf(value, 0);
}

class Inspection {
  private count = 0;

  constructor(private readonly isOfSizeOnly = false) {}

  problemOf(value: unknown, depth: number): string | null {
    if (++this.count > LIMITS.values) return `must not hold more than ${LIMITS.values} values`;
    if (typeof value === 'string') return this.isOfSizeOnly ? null : textProblem(value);
    if (typeof value !== 'object' || value === null) return null;
    if (depth >= LIMITS.depth) return `must not nest deeper than ${LIMITS.depth}`;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'must not be binary';
    if (Array.isArray(value)) return this.firstProblem(value, depth);
    const keys = Object.keys(value);
    if (!this.isOfSizeOnly && keys.some((key) => FORBIDDEN_KEYS.has(key))) {
      return 'must not use reserved keys';
    }
    return this.firstProblem(keys, depth) ?? this.firstProblem(Object.values(value), depth);
  }

  private firstProblem(values: readonly unknown[], depth: number): string | null {
    for (const value of values) {
      const problem = this.problemOf(value, depth + 1);
      if (problem) return problem;
    }
    return null;
  }
}
