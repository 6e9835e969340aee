import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import type { NewRevocation } from '../../src/core/model/revocation.js';
import { dataSourceOptions } from '../../src/persistence/data-source.js';
import { migrate } from '../../src/persistence/migrate.js';
import { TypeOrmRevocationStore } from '../../src/persistence/stores/typeorm-revocation.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const NOTHING = { tokenId: null, userId: null, before: null, expiresAt: null, reason: null };
const ofToken = (tokenId: string, expiresAt: Date | null = null): NewRevocation => ({
  ...{ ...NOTHING, tokenId, expiresAt, revokedBy: '9' },
});
const ofUser = (userId: string, before: Date): NewRevocation => ({
  ...{ ...NOTHING, userId, before, revokedBy: '9' },
});
const inMs = (ms: number) => new Date(Date.now() + ms);

describe('the store of revocations', () => {
  let database: TestDatabase;
  let source: DataSource;
  let store: TypeOrmRevocationStore;

  beforeAll(async () => {
    database = await createDatabase();
    source = await new DataSource(dataSourceOptions(database.url, 4)).initialize();
    await migrate(source);
    store = new TypeOrmRevocationStore(source);
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });
  beforeEach(() => database.query('DELETE FROM revocations'));

  it('keeps one as it came, with its id and time', async () => {
    const made = await store.add({ ...ofToken('a', inMs(60_000)), reason: 'stolen' });
    expect(made).toMatchObject({
      ...{ id: expect.any(Number), createdAt: expect.any(Date) },
      ...{ tokenId: 'a', userId: null, before: null, reason: 'stolen', revokedBy: '9' },
    });
    expect((await store.list({ limit: 10 })).items).toEqual([made]);
  });

  it('says once for each user and token how far it goes', async () => {
    const [earlier, later] = [inMs(-2_000), inMs(-1_000)];
    const [soon, late] = [inMs(60_000), inMs(120_000)];
    for (const before of [earlier, later, earlier]) await store.add(ofUser('1', before));
    for (const end of [soon, late, soon]) await store.add(ofToken('a', end));
    for (const end of [soon, null, late]) await store.add(ofToken('b', end));
    // The same text names a token here, and a user there.
    await store.add(ofUser('a', earlier));
    const inForce = await store.inForce();
    expect(inForce).toHaveLength(4);
    expect(inForce).toEqual(
      expect.arrayContaining([
        { tokenId: null, userId: '1', before: later, expiresAt: null },
        { tokenId: 'a', userId: null, before: null, expiresAt: late },
        { tokenId: 'b', userId: null, before: null, expiresAt: null },
        { tokenId: null, userId: 'a', before: earlier, expiresAt: null },
      ]),
    );
  });

  it('forgets tokens that have expired, and nothing else', async () => {
    await store.add(ofToken('gone', inMs(-1)));
    await store.add(ofToken('going', inMs(60_000)));
    await store.add(ofToken('staying'));
    await store.add(ofUser('1', inMs(-60_000)));
    expect(await store.inForce()).toHaveLength(3);
    await store.forgetExpired();
    const { items } = await store.list({ limit: 10 });
    expect(items.map(({ tokenId }) => tokenId)).toEqual([null, 'staying', 'going']);
  });
});
