import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UploadId } from '../../src/core/model/upload.js';
import { range } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { startUploads, type UploadFixture } from './support/upload-fixture.js';

const ROUNDS = 12;

describe('many messages that name the same uploads', () => {
  let fixture: UploadFixture;
  beforeAll(async () => void (fixture = await startUploads()));
  afterAll(() => fixture.close());

  const uploads = async (conversationId: number, count: number) =>
    Promise.all(range(1, count).map(async () => (await fixture.upload(conversationId)).id));

  /** Sends them on both nodes in turn; the messages that were stored. */
  const sendAll = async (conversationId: number, named: readonly (readonly UploadId[])[]) => {
    const results = await Promise.all(
      named.map((ids, n) => fixture.send(conversationId, ids, fixture.nodes[n % 2 ? 1 : 0])),
    );
    return results.flatMap((result) => {
      if (result.outcome === 'upload-not-found') return [];
      if (result.outcome === 'appended') return [result.message];
      throw new Error(result.outcome);
    });
  };

  it('are sent, deleted and collected at once, in any order, and none waits for ever', async () => {
    const { random } = seededRandom();
    /** Three of them, in any order. */
    const three = (ids: readonly UploadId[]) => {
      const left = [...ids];
      return range(1, 3).flatMap(() => left.splice(integerIn(random, 0, left.length - 1), 1));
    };
    const conversationId = await fixture.conversation(['1']);
    let stored = 0;
    for (const _ of range(1, ROUNDS)) {
      const ids = await uploads(conversationId, 6);
      const some = () => range(1, 20).map(() => three(ids));
      const messages = await sendAll(conversationId, some());
      // Rejects with UNAVAILABLE, or the driver's error, where the database broke up a deadlock.
      const [later] = await Promise.all([
        sendAll(conversationId, some()),
        fixture.store.giveUpBefore(new Date()),
        ...messages.map((message) => fixture.messages.delete(message, '1')),
      ]);
      stored += messages.length + later.length;
    }
    expect(stored).toBeGreaterThan(ROUNDS * 20);
  }, 60_000);

  it('are sent in one order while the collector goes through them in another', async () => {
    const conversationId = await fixture.conversation(['1']);
    for (const _ of range(1, ROUNDS)) {
      const ids = await uploads(conversationId, 20);
      const named = [...ids].reverse().map((id) => [id]);
      const collect = () => fixture.store.giveUpBefore(new Date());
      const [messages] = await Promise.all([sendAll(conversationId, named), collect(), collect()]);
      const standings = await fixture.database.query(
        'SELECT state, links, count(*)::integer AS n FROM uploads WHERE id = ANY ($1) GROUP BY 1, 2',
        [ids],
      );
      const countOf = (state: string, links: number) =>
        standings.find((row) => row.state === state && row.links === links)?.n ?? 0;
      expect([countOf('ready', 1), countOf('given-up', 0)]).toEqual([
        messages.length,
        20 - messages.length,
      ]);
    }
  }, 60_000);
});
