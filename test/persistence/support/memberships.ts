import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { joinNodes, type Membership } from '../../../src/persistence/nodes/nodes.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const LOOK_EVERY_MS = 50;

/** One of several nodes in this process, and what it has read in the journal. */
export interface Member extends Membership {
  readonly seen: string[];
  /** Reads on only when this is resolved. */
  gate: Promise<unknown>;
}

export interface Club {
  readonly database: TestDatabase;
  join(): Promise<Member>;
  /** A node that holds a lease and does nothing; a negative number for one that died then. */
  ghost(id: string, leaseMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function openClub(): Promise<Club> {
  const database = await createDatabase();
  const members: Member[] = [];
  return {
    database,
    join: async () => {
      const membership = await joinNodes(database.url);
      const member: Member = { ...membership, seen: [], gate: Promise.resolve() };
      membership.journal.onEntry(async (entry) => {
        await member.gate;
        member.seen.push(entry);
      });
      members.push(member);
      return member;
    },
    ghost: async (id, leaseMs) => {
      await database.query(
        `INSERT INTO nodes (id, expires_at, applied)
         VALUES ($1, clock_timestamp() + $2 * interval '1 ms', 0)`,
        [id, leaseMs],
      );
    },
    close: async () => {
      for (const member of members.splice(0)) await member.close();
      await database.drop();
    },
  };
}

export async function until(what: string, holds: () => unknown): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** Everything in the journal, in order. */
export const journalOf = async (database: TestDatabase) =>
  (await database.query('SELECT origin, number, entry FROM journal ORDER BY id')) as unknown as {
    readonly origin: string;
    readonly number: string;
    readonly entry: string;
  }[];

/**
 * Keeps that node from renewing its lease, and so from reading: its row is locked. Resolves once it
 * has run into it, with the way to let it go on.
 */
export async function holdUp(database: TestDatabase, { nodes }: Member) {
  const session = new pg.Client({ connectionString: database.url });
  await session.connect();
  await session.query('BEGIN');
  await session.query('SELECT 1 FROM nodes WHERE id = $1 FOR UPDATE', [nodes.id]);
  await until('the node to be held up', async () => {
    const waiting = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'causerie node' AND wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });
  return async (): Promise<void> => {
    await session.query('COMMIT');
    await session.end();
  };
}
