import { randomUUID } from 'node:crypto';
import { TypeOrmRoomLeaseStore } from '../../../src/persistence/stores/typeorm-room-lease.store.js';
import { TypeOrmSanctionStore } from '../../../src/persistence/stores/typeorm-sanction.store.js';
import { startLog } from './log-fixture.js';

const BELONGINGS = ['messages', 'participants', 'receipts', 'room_leases', 'sanctions'];

/** What became of a room: whether it is there, and how many leases there are. */
interface Standing {
  readonly exists: boolean;
  readonly leases: number;
}

export const GONE: Standing = { exists: false, leases: 0 };

let lastSlug = 0;

/** Two nodes on one database, each with its own leases; sanctions are put on the second. */
export async function startLeases() {
  const fixture = await startLog();
  const [one, two] = fixture.nodes;
  /** Over a pool: a connection for each question takes longer than the answer. */
  const query = (sql: string, values?: unknown[]) =>
    one.dataSource.query<Record<string, unknown>[]>(sql, values);
  return {
    ...fixture,
    query,
    stores: [
      new TypeOrmRoomLeaseStore(one.dataSource, randomUUID()),
      new TypeOrmRoomLeaseStore(two.dataSource, randomUUID()),
    ] as const,
    sanctions: new TypeOrmSanctionStore(two.dataSource),
    /** A live room, kept for its first client until then: for nobody, where nothing is said. */
    room: (keptUntil = new Date(0)) =>
      one.conversations.ensureLive(`slug-${++lastSlug}`, { title: null, keptUntil }),
    standing: async (room: number): Promise<Standing> => {
      const rooms = await query('SELECT 1 FROM conversations WHERE id = $1', [room]);
      const leases = await query('SELECT 1 FROM room_leases WHERE conversation_id = $1', [room]);
      return { exists: rooms.length > 0, leases: leases.length };
    },
    /** As time would have it, were nothing renewed. */
    expire: (room: number) =>
      query(
        `UPDATE room_leases SET expires_at = clock_timestamp() - interval '1 ms'
         WHERE conversation_id = $1`,
        [room],
      ),
    /** Tables with rows of conversations that are not there. */
    orphans: async () => {
      const found: string[] = [];
      for (const table of BELONGINGS) {
        const rows = await query(
          `SELECT 1 FROM ${table} t WHERE NOT EXISTS (
             SELECT 1 FROM conversations c WHERE c.id = t.conversation_id
           )`,
        );
        if (rows.length > 0) found.push(`${table}: ${rows.length}`);
      }
      return found;
    },
  };
}

export type LeaseFixture = Awaited<ReturnType<typeof startLeases>>;
