import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { readPostmasterFile } from '../../../src/persistence/embedded-postgres/postmaster-file.js';
import {
  isServerOf,
  processExists,
  signalProcess,
} from '../../../src/persistence/embedded-postgres/processes.js';

const made: string[] = [];

/** A folder of this test's own. Private (mode 0700) unless told otherwise. */
export function temporaryFolder(mode = 0o700): string {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-test-'));
  chmodSync(folder, mode);
  made.push(folder);
  return folder;
}

/** Ends the servers tests left in their folders, whatever became of the test. */
export async function endServers(): Promise<void> {
  for (const folder of made) {
    for (const name of readdirSync(folder)) await endServerIn(join(folder, name, 'cluster'));
  }
}

export async function removeTemporaryFolders(): Promise<void> {
  await endServers();
  for (const folder of made.splice(0)) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function endServerIn(cluster: string): Promise<void> {
  const pid = readPostmasterFile(cluster)?.pid;
  if (pid === undefined || !isServerOf(pid, cluster)) return;
  signalProcess(pid, 'SIGQUIT');
  await eventually(() => !processExists(pid));
}

/** Looks again and again until `condition` holds; fails when it does not within `milliseconds`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`not within ${milliseconds} ms: ${String(condition)}`);
    await delay(5);
  }
}

/** The rows of one statement, over a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function answers(url: string): Promise<boolean> {
  return query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
}
