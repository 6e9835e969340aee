import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';

import type { ServerAccount } from './server-account.js';

const ROTATE_AT_BYTES = 1_000_000;
const TAIL_BYTES = 2_000;

/** The file a server writes its messages to, opened for one launch. */
export interface ServerLog {
  /** To be given to the server as its stdout and stderr. */
  readonly descriptor: number;
  /** The last lines written since it was opened. */
  tail(): string;
  close(): void;
}

/** Keeps one older file, so that the two together stay small over any number of starts. */
export function openServerLog(path: string, account: ServerAccount | undefined): ServerLog {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_AT_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a+', 0o600);
  fchmodSync(descriptor, 0o600);
  if (account !== undefined) fchownSync(descriptor, account.uid, account.gid);
  const begin = fstatSync(descriptor).size;
  return {
    descriptor,
    tail: () => readTail(descriptor, begin),
    close: () => {
      closeSync(descriptor);
    },
  };
}

function readTail(descriptor: number, begin: number): string {
  const end = fstatSync(descriptor).size;
  const from = Math.max(begin, end - TAIL_BYTES);
  const buffer = Buffer.alloc(end - from);
  readSync(descriptor, buffer, 0, buffer.length, from);
  return buffer.toString('utf8').trim();
}
