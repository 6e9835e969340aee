import { afterEach } from 'vitest';

type Cleanup = () => unknown;

export interface Cleanups {
  add(cleanup: Cleanup): void;
}

/** What a test started is ended after it, the newest first, whatever became of the test. */
export function cleanups(): Cleanups {
  const pending: Cleanup[] = [];
  afterEach(async () => {
    for (const cleanup of pending.splice(0).reverse()) await cleanup();
  });
  return { add: (cleanup) => void pending.push(cleanup) };
}
