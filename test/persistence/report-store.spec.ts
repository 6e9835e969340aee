import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import type { NewReport } from '../../src/core/model/report.js';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { migrate } from '../../src/persistence/migrate.js';
import { TypeOrmReportStore } from '../../src/persistence/stores/typeorm-report.store.js';
import { range } from '../support/chat-shapes.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const aReport = (fields: Partial<NewReport> = {}): NewReport => ({
  messageId: 2 ** 40,
  conversationId: 1,
  reporterId: '2',
  reporterName: 'bob',
  reason: 'spam',
  details: 'the third time today',
  senderId: '1',
  senderName: 'alice',
  content: 'buy now',
  attachments: ['https://example.org/offer.png'],
  ...fields,
});

/** As nobody has been assigned to it. */
const seen = (id: number) => ({ id, assignedTo: null });
const ENTRY = { actorId: '9', action: 'report.resolved' } as const;
const DISMISSED = { resolvedBy: '9', resolution: 'dismissed', note: null } as const;

describe('the store of reports', () => {
  let database: TestDatabase;
  let source: DataSource;
  let store: TypeOrmReportStore;

  beforeAll(async () => {
    database = await createDatabase();
    source = await new DataSource(dataSourceOptions(database.url, 4)).initialize();
    await migrate(source);
    store = new TypeOrmReportStore(source);
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });
  beforeEach(() => database.query('DELETE FROM reports'));

  const open = async (count: number) => {
    const ids: number[] = [];
    for (const n of range(1, count)) ids.push(await store.add(aReport({ messageId: n })));
    return ids;
  };
  const idsOf = async (query: Parameters<TypeOrmReportStore['list']>[0]) =>
    (await store.list(query)).items.map(({ id }) => id);

  it('keeps one as it came', async () => {
    const id = await store.add(aReport());
    expect(await store.find(id)).toMatchObject({
      id,
      ...aReport(),
      createdAt: expect.any(Date),
      assignedTo: null,
      assignedAt: null,
      resolvedAt: null,
      resolvedBy: null,
      resolution: null,
      note: null,
    });
    expect(await store.find(id + 1)).toBeNull();
  });

  it('keeps one per message and reporter, the first; also of many at once', async () => {
    const first = await store.add(aReport());
    const again = await Promise.all(
      range(1, 10).map((n) => store.add(aReport({ reason: `other ${n}` }))),
    );
    expect(new Set(again)).toEqual(new Set([first]));
    expect(await store.find(first)).toMatchObject({ reason: 'spam' });
    const atOnce = await Promise.all(range(1, 10).map(() => store.add(aReport({ messageId: 7 }))));
    expect(new Set(atOnce).size).toBe(1);
    const others = [aReport({ messageId: 8 }), aReport({ reporterId: '3' })];
    const ids = [first, ...(await Promise.all(others.map((report) => store.add(report))))];
    expect(new Set(ids).size).toBe(3);
  });

  it('lists the oldest first, page by page, the last of which has no cursor', async () => {
    const ids = await open(4);
    const first = await store.list({ isOpen: true, limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const cursor = String(first.nextCursor);
    const second = await store.list({ isOpen: true, limit: 2, cursor });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeNull();
  });

  it('lists the open and the resolved apart', async () => {
    const [a = 0, b = 0, c = 0] = await open(3);
    await store.resolve(seen(b), DISMISSED, ENTRY);
    expect(await idsOf({ isOpen: true, limit: 10 })).toEqual([a, c]);
    expect(await idsOf({ isOpen: false, limit: 10 })).toEqual([b]);
  });

  it.each(['', 'x', '[]', '["1"]', '[1.5]', '[1,2]', '[null]', '[1e300]'])(
    'refuses a cursor made of %s',
    async (position) => {
      const cursor = Buffer.from(position).toString('base64url');
      const listed = store.list({ isOpen: true, limit: 1, cursor });
      await expect(listed).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    },
  );

  it.each([2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)])(
    'takes %d for a place beyond all reports or before them',
    async (place) => {
      const ids = await open(2);
      const cursor = Buffer.from(`[${place}]`).toString('base64url');
      expect(await idsOf({ isOpen: true, limit: 5, cursor })).toEqual(place > 0 ? [] : ids);
    },
  );

  it('resolves one once', async () => {
    const [id = 0] = await open(1);
    const resolution = { resolvedBy: '9', resolution: 'removed', note: 'the fifth' } as const;
    const resolved = await store.resolve(seen(id), resolution, ENTRY);
    expect(resolved).toMatchObject({ id, ...resolution, resolvedAt: expect.any(Date) });
    expect(await store.resolve(seen(id), DISMISSED, ENTRY)).toBeNull();
    expect(await store.find(id)).toEqual(resolved);
    expect(await store.resolve(seen(id + 1), DISMISSED, ENTRY)).toBeNull();
  });

  it('resolves one for one of several at once', async () => {
    const [id = 0] = await open(1);
    const outcomes = await Promise.all(
      range(1, 8).map(() => store.resolve(seen(id), DISMISSED, ENTRY)),
    );
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
  });
});
