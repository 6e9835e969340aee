import { describe, expect, it } from 'vitest';
import { asUnavailable, isDataError, isOutage } from '../../src/persistence/database-errors.js';

const failure = (code?: string) => Object.assign(new Error('failed'), code && { code });

describe('an error of the database', () => {
  it.each([['08006'], ['57P01'], ['53300'], ['40001'], ['EPIPE'], ['ECONNREFUSED'], [undefined]])(
    'of code %p means that it is away',
    (code) => {
      expect(isOutage(failure(code))).toBe(true);
      expect(asUnavailable(failure(code))).toMatchObject({ code: 'UNAVAILABLE' });
    },
  );

  it.each([['42P01'], ['23505'], ['22021']])('of code %p does not', (code) => {
    expect(isOutage(failure(code))).toBe(false);
  });

  it('is the fault of a row where it is about data or constraints', () => {
    expect(['22021', '23505'].every((code) => isDataError(failure(code)))).toBe(true);
    expect(isDataError(failure('57P01'))).toBe(false);
  });
});
