import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import type { AppendResult } from '../../src/core/ports/message-log.js';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { PostgresMessageLog } from '../../src/persistence/postgres-message-log.js';
import { draft, startLog, type LogFixture, type Node } from './support/log-fixture.js';

const messageOf = (result: AppendResult) => {
  if (result.outcome === 'appended' || result.outcome === 'duplicate') return result.message;
  throw new Error(`No message: ${result.outcome}`);
};

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the message log, when something is wrong', () => {
  let fixture: LogFixture;
  let one: Node;

  beforeAll(async () => {
    fixture = await startLog();
    [one] = fixture.nodes;
  });
  afterAll(() => fixture.close());

  /** What reads messages back cannot be reached; what writes them can. */
  const closedPool = async () => {
    const pool = await new DataSource(dataSourceOptions(fixture.database.url, 1)).initialize();
    await pool.destroy();
    return pool;
  };
  const rows = (id: number) =>
    fixture.database.query(
      `SELECT seq::integer, id::integer, content, client_message_id FROM messages
       WHERE conversation_id = $1 ORDER BY seq`,
      [id],
    );

  describe('with bad drafts among good ones in one batch', () => {
    it('refuses each for its own reason and appends the others without a gap', async () => {
      const [id, foreign] = [await fixture.conversation(['1']), await fixture.conversation(['2'])];
      const elsewhere = messageOf(await one.log.append(draft(foreign, { senderId: '2' })));
      await one.log.append(draft(id, { clientMessageId: 'used' }));
      const results = await Promise.all(
        [
          draft(id, { content: 'good 2' }),
          draft(foreign),
          draft(id, { content: 'good 3' }),
          draft(999_999),
          draft(id, { replyTo: elsewhere.id }),
          draft(id, { replyTo: 9_007_199_254_740_991 }),
          draft(id, { content: 'good 4' }),
          draft(id, { clientMessageId: 'used', content: 'other' }),
          draft(id, { clientMessageId: 'used' }),
          draft(id, { content: 'good 5' }),
        ].map((each) => one.log.append(each)),
      );
      expect(results.map(({ outcome }) => outcome)).toEqual([
        'appended',
        'not-participant',
        'appended',
        'conversation-not-found',
        'reply-not-found',
        'reply-not-found',
        'appended',
        'conflict',
        'duplicate',
        'appended',
      ]);
      expect((await rows(id)).map(({ seq, content }) => [seq, content])).toEqual([
        [1, 'hello'],
        [2, 'good 2'],
        [3, 'good 3'],
        [4, 'good 4'],
        [5, 'good 5'],
      ]);
    });

    it.each([
      ['NUL in the content', { content: 'poison\0' }],
      ['NUL in the name', { senderName: 'poison\0' }],
      ['NUL in the metadata', { metadata: { poison: '\0' } }],
      ['a conversation beyond the integers', { conversationId: 2 ** 31 }],
      ['a reply beyond the bigints', { replyTo: 1e19 }],
    ])('lets %s fail alone', async (_, poison) => {
      const id = await fixture.conversation(['1']);
      const contents = range(1, 20).map((n) => `good ${n}`);
      const good = contents.map((content) => draft(id, { content }));
      const batch = [...good.slice(0, 7), draft(id, poison), ...good.slice(7)];
      const results = await Promise.allSettled(batch.map((each) => one.log.append(each)));
      expect(results.map(({ status }) => status)).toEqual([
        ...Array<string>(7).fill('fulfilled'),
        'rejected',
        ...Array<string>(13).fill('fulfilled'),
      ]);
      expect((await rows(id)).map(({ content }) => content)).toEqual(contents);
    });
  });

  it('holds up nobody for a resend that cannot be answered: the rest is committed and told', async () => {
    const id = await fixture.conversation(['1']);
    const same = draft(id, { clientMessageId: 'c-1' });
    await one.log.append(same);
    const blind = new PostgresMessageLog(await closedPool(), fixture.database.url);
    const heard: number[] = [];
    blind.onCommitted(({ messages }) => heard.push(...messages.map(({ seq }) => seq)));
    const [resent, fresh] = await Promise.allSettled([
      blind.append(same),
      blind.append(draft(id, { content: 'new' })),
    ]);
    expect(resent).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    expect(fresh).toMatchObject({ status: 'fulfilled', value: { outcome: 'appended' } });
    await blind.close();
    expect(heard).toEqual([2]);
  });

  it('answers UNAVAILABLE while the database is away, and writes again when it is back', async () => {
    const id = await fixture.conversation(['1']);
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'causerie append%'`;
    await one.log.append(draft(id));
    await fixture.database.query(cut);
    const same = draft(id, { clientMessageId: 'through the cut' });
    let result: AppendResult | null = null;
    while (!result) {
      result = await one.log.append(same).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'UNAVAILABLE' });
        return null;
      });
    }
    expect((await rows(id)).map((row) => row.seq)).toEqual([1, 2]);
  });
});
