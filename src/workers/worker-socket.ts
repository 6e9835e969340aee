import { join } from 'node:path';

/** Where a worker hears the others, in a folder that only their account may enter. */
export const workerSocket = (folder: string, worker: number): string =>
  join(folder, `${worker}.sock`);
