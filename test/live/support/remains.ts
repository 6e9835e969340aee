import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '../../support/database.js';
import { within } from '../../support/patience.js';

const LOOK_EVERY_MS = 5;

/** What belongs to conversations, by the column that names them. */
const BELONGINGS = {
  conversations: 'id',
  messages: 'conversation_id',
  participants: 'conversation_id',
  reactions: 'conversation_id',
  receipts: 'conversation_id',
  room_leases: 'conversation_id',
  sanctions: 'conversation_id',
} as const;

export type Remains = Readonly<Record<keyof typeof BELONGINGS, number>>;

type Database = Pick<TestDatabase, 'query'>;

export const NOTHING = Object.fromEntries(
  Object.keys(BELONGINGS).map((table) => [table, 0]),
) as Remains;

/** Rows of those rooms; of all there are where none is named. */
export async function remainsOf(database: Database, rooms?: readonly number[]): Promise<Remains> {
  const counts = Object.entries(BELONGINGS).map(
    ([table, column]) =>
      `(SELECT count(*)::integer FROM ${table} WHERE $1::integer[] IS NULL OR ${column} = ANY ($1))
       AS ${table}`,
  );
  const [row] = await database.query(`SELECT ${counts.join(', ')}`, [rooms ?? null]);
  return row as Remains;
}

/** Resolves when nothing is left of the rooms; fails with what there is. */
export async function untilGone(database: Database, rooms?: readonly number[]): Promise<void> {
  let isGivenUp = false;
  let remains = NOTHING;
  const look = async () => {
    while (!isGivenUp) {
      remains = await remainsOf(database, rooms);
      if (Object.values(remains).every((count) => count === 0)) return;
      await delay(LOOK_EVERY_MS);
    }
  };
  try {
    await within('the end of rooms', look());
  } catch (error) {
    throw new Error(`There is still ${JSON.stringify(remains)}`, { cause: error });
  } finally {
    isGivenUp = true;
  }
}
