import { ChatError } from '../../../src/core/core.errors.js';

/** What a send hears: `passes`, or the seconds it is to wait. */
export type Outcome = number | 'passes';

let lastUser = 0;

export const newUser = (): string => `user-${++lastUser}`;

/** Fails where it is answered with anything but RATE_LIMITED. */
export const outcome = (take: Promise<void>): Promise<Outcome> =>
  take.then(
    () => 'passes',
    (error: unknown) => {
      if (!(error instanceof ChatError) || error.code !== 'RATE_LIMITED') throw error;
      return error.retryAfter ?? NaN;
    },
  );

export const isRefusal = (answer: Outcome): boolean => answer !== 'passes';

export const passed = (answers: readonly Outcome[]): number =>
  answers.filter((answer) => !isRefusal(answer)).length;
