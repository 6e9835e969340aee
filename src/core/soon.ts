/** What is known at once on one node, and has to be asked for where there are several. */
export type Soon<T> = T | Promise<T>;

/** Goes on at once where it can: then nothing comes in between. */
export function whenKnown<T>(answer: Soon<T>, use: (answer: T) => void): void {
  if (answer instanceof Promise) void answer.then(use);
  else use(answer);
}

/** Resolves when all are known. */
export const allKnown = <T>(answers: readonly Soon<T>[]): Promise<T[]> =>
  Promise.all(answers.map(async (answer) => answer));
