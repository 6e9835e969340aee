import { expect } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../src/core/core.errors.js';
import type { RestAnswer } from '../../support/rest-client.js';

export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly title: string;
  readonly detail: string;
  readonly details?: readonly { readonly field: string; readonly rules: readonly string[] }[];
}

/** The body of an answer, as the test takes it to be. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the cast
export const bodyOf = <T>(answer: RestAnswer): T => answer.body as T;

/** Fails unless the answer is a problem document (RFC 9457) with that status and code. */
export function expectProblem(
  answer: RestAnswer,
  code: ErrorCode,
  status: number = ERRORS[code].status,
): Problem {
  const problem = bodyOf<Problem>(answer);
  expect({ status: answer.status, code: problem.code, body: problem.status }).toEqual({
    status,
    code,
    body: status,
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
  expect(problem.title).toEqual(expect.any(String));
  expect(problem.detail).toEqual(expect.any(String));
  return problem;
}

/** As `expectProblem` for VALIDATION_FAILED, which also names the field at fault. */
export function expectInvalid(answer: RestAnswer, field: string): Problem {
  const problem = expectProblem(answer, 'VALIDATION_FAILED', 400);
  expect(problem.details?.map((detail) => detail.field)).toContain(field);
  return problem;
}
