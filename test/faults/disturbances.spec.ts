import { describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from '../support/postgres-server.js';
import { oneService, stayedConnected } from '../support/scene.js';
import { integerIn } from '../support/seeded-random.js';

const underLoad = oneService();

/** Does something to every session of the service. */
const toSessions = (postgres: PostgresServer, what: 'terminate' | 'cancel') =>
  postgres.query(
    `SELECT pg_${what}_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'causerie%' AND pid <> pg_backend_pid()`,
  );

describe.each(['terminate', 'cancel'] as const)(
  'database sessions ended, pg_%s_backend',
  (what) => {
    it('cost nobody a message, however often', async () => {
      await underLoad(async ({ random, postgres, traffic }) => {
        for (let blow = 0; blow < 15; blow++) {
          await traffic.acks(integerIn(random, 1, 60));
          await toSessions(postgres, what);
        }
        await traffic.acks(100);
        expect(stayedConnected(traffic)).toBe(true);
      });
    }, 180_000);
  },
);

describe('a service that is paused', () => {
  it('goes on where it stopped', async () => {
    await underLoad(async ({ service, traffic }) => {
      for (let pause = 0; pause < 3; pause++) {
        service.signal('SIGSTOP');
        // The pause is the fault itself, not a wait for something.
        await delay(1_000);
        service.signal('SIGCONT');
        await traffic.acks(200);
      }
      expect(stayedConnected(traffic)).toBe(true);
    });
  }, 180_000);
});

describe('a conversation that another transaction holds locked', () => {
  it('is told UNAVAILABLE until it is free, and leaves no session waiting for nobody', async () => {
    await underLoad(async ({ postgres, traffic }) => {
      const { ledger, conversations } = traffic;
      const session = await postgres.session();
      await session.query('BEGIN');
      await session.query('SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE', [
        conversations[0],
      ]);
      const refused = () => ledger.failures.get('UNAVAILABLE') ?? 0;
      await ledger.until('refusals', () => refused() > 0);
      const before = refused();
      await ledger.until('further refusals', () => refused() > before + 40);
      const [waiting] = await postgres.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE application_name = 'causerie append_messages' AND wait_event_type = 'Lock'`,
      );
      await session.query('COMMIT');
      await session.end();
      expect(waiting?.n).toBeLessThanOrEqual(1);
      await traffic.acks(200);
      expect(stayedConnected(traffic)).toBe(true);
    });
  }, 180_000);
});
