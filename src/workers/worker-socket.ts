import { lstatSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where a worker hears the others, in a folder that only their account may enter. */
export const workerSocket = (folder: string, worker: number): string =>
  join(folder, `${worker}.sock`);

/**
 * The primary has made the folder. Where it was removed since it is made again; whoever may write
 * beside it may have been faster: throws unless it is a folder that only this account may enter.
 */
export function ensureOwn(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  const isOthers = found.uid !== process.geteuid?.() || (found.mode & 0o077) !== 0;
  if (!found.isDirectory() || isOthers) throw new Error(`Others may enter ${folder}`);
}

/** The last one to leave removes the folder: those before it are still reached there. */
export function leave(folder: string, worker: number): void {
  rmSync(workerSocket(folder, worker), { force: true });
  try {
    rmdirSync(folder);
  } catch {
    // Others are in it, or it is gone.
  }
}
