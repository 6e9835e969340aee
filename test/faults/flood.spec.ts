import { describe, expect, it } from 'vitest';
import { cleanups } from '../support/cleanups.js';
import { createDatabase } from '../support/database.js';
import { Ledger } from '../support/ledger.js';
import { Reader } from '../support/reader.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';
import { TirelessClient } from '../support/tireless-client.js';
import { seededRandom } from '../support/seeded-random.js';
import { Writer } from '../support/writer.js';

const EVENTS = 20_000;
/** So much that keeping a tenth of what was sent would show. */
const TEXT = 'x'.repeat(2_000);
const MAY_STAY_BYTES = 4_000_000;

const after = cleanups();

interface Outcome {
  readonly success: boolean;
  readonly error?: { readonly code: string };
}

/** Sends all at once; resolves with the number of acks by outcome. */
async function flood(
  { socket }: TirelessClient,
  conversationId: number,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const acks = Array.from({ length: EVENTS }, async () => {
    const payload = { conversationId, content: TEXT };
    const ack = (await socket.emitWithAck('message:send', payload)) as Outcome;
    const outcome = ack.error?.code ?? 'SUCCESS';
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  });
  await Promise.all(acks);
  return counts;
}

describe('a client that sends 20,000 events as fast as it can', () => {
  it('gets one answer to each, stops nobody else, and leaves no memory behind', async () => {
    const database = await createDatabase();
    after.add(() => database.drop());
    const service = await Service.start({
      DATABASE_URL: database.url,
      // Else it would be hung up on.
      RATE_LIMIT_EVENTS: 'off',
    });
    after.add(() => service.remove());
    const [eager, calm, listener] = [someone('eager'), someone('calm'), someone('listener')];
    const flooded = await service.conversation([eager]);
    const quiet = await service.conversation([calm, listener]);
    const ledger = new Ledger();
    const options = async (user: typeof eager) => {
      const token = await tokenFor(user);
      return { url: service.url, token, name: user.name, ledger };
    };
    const flooder = new TirelessClient(await options(eager));
    const reader = new Reader(await options(listener), [quiet]);
    const { random } = seededRandom();
    const conversations = [quiet];
    const writer = new Writer({ ...(await options(calm)), conversations, random, window: 1 });
    for (const client of [flooder, reader, writer]) after.add(() => client.close());

    await service.watch(async () => {
      await Promise.all([flooder.connected(), reader.reading(), writer.connected()]);
      // Once for what grows only once: compiled code, buffers, caches.
      await flood(flooder, flooded);
      const before = await service.heapUsed();

      writer.start();
      const acksBefore = ledger.ackCount;
      const counts = await flood(flooder, flooded);
      const acksMeanwhile = ledger.ackCount - acksBefore;
      await writer.finish();
      await reader.reached(new Map([[quiet, ledger.ackCount]]));

      const { SUCCESS = 0, RATE_LIMITED = 0 } = counts;
      expect(SUCCESS + RATE_LIMITED).toBe(EVENTS);
      expect(acksMeanwhile).toBeGreaterThan(0);
      expect(flooder.connections).toBe(1);
      const [stored] = await database.query(
        `SELECT count(*)::int AS n FROM messages WHERE conversation_id = ${flooded}`,
      );
      expect(stored?.n).toBeGreaterThanOrEqual(SUCCESS);
      expect((await service.heapUsed()) - before).toBeLessThan(MAY_STAY_BYTES);
      // Two answers to one event, and the like.
      await ledger.until('no breach', () => true);
    });
  }, 180_000);
});
