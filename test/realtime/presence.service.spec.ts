import { describe, expect, it } from 'vitest';
import type { Identity, UserId } from '../../src/core/model/identity.js';
import { AWAY, SERVICE, type Change, type Spot } from '../../src/core/model/presence.js';
import type { ParticipantStore } from '../../src/core/ports/participant-store.js';
import type { Sighting } from '../../src/core/ports/user-store.js';
import type { UsersService } from '../../src/core/users.service.js';
import { MemoryPresenceStore } from '../../src/presence/memory-presence.store.js';
import { PresenceService } from '../../src/presence/presence.service.js';
import { MemoryEventBus } from '../../src/realtime/memory-event-bus.js';
import { until } from '../contracts/support/presence-nodes.js';

const BOB: Identity = {
  ...{ userId: '2', username: 'bob', roles: new Set() },
  ...{ expiresAt: Infinity, issuedAt: 0, tokenId: null },
};

/** Departures wait at the question for the user's conversations until they are let through. */
function presence() {
  const waiting: (() => void)[] = [];
  let isReleased = false;
  const conversationIdsOf = () =>
    new Promise((resolve) => {
      if (isReleased) resolve(new Map());
      else waiting.push(() => resolve(new Map()));
    });
  const participants = { conversationIdsOf };
  const users = { recordLastSeen: () => Promise.resolve() };
  const bus = new MemoryEventBus();
  const told: boolean[] = [];
  bus.subscribe('presence.changed', ({ change }) => void told.push(change.isOnline));
  const service = new PresenceService(
    new MemoryPresenceStore(),
    participants as unknown as ParticipantStore,
    users as unknown as UsersService,
    bus,
  );
  const arrive = () => service.connected(BOB, 1, []);
  const depart = () => service.disconnected(BOB, 0);
  const release = () => {
    isReleased = true;
    waiting.splice(0).forEach((resolve) => resolve());
  };
  return { told, arrive, depart, release };
}

/** Behind a database that the test takes away and brings back. */
function behindDatabase() {
  const queries: number[] = [];
  const seen: UserId[] = [];
  const database = { isAway: false, isReadOnly: false };
  const ask = async <T>(count: number, isRefused: boolean, answer: () => T): Promise<T> => {
    await Promise.resolve();
    if (isRefused) throw new Error('The database is away');
    queries.push(count);
    return answer();
  };
  const participants = {
    conversationIdsOf: (userIds: readonly UserId[]) =>
      ask(userIds.length, database.isAway, () => new Map(userIds.map((userId) => [userId, [7]]))),
  };
  const users = {
    recordLastSeen: (sightings: readonly Sighting[]) =>
      ask(sightings.length, database.isAway || database.isReadOnly, () => {
        seen.push(...sightings.map(({ userId }) => userId));
      }),
  };
  class Store extends MemoryPresenceStore {
    correct: (spot: Spot, change: Change) => Promise<void> = () => Promise.resolve();
    override onCorrected(listener?: (spot: Spot, change: Change) => Promise<void>): void {
      if (listener) this.correct = listener;
    }
  }
  const [store, bus] = [new Store(), new MemoryEventBus()];
  const told: string[] = [];
  bus.subscribe('presence.changed', ({ change: { userId, isOnline } }) => {
    told.push(`${userId} ${isOnline ? 'on' : 'off'}`);
  });
  const service = new PresenceService(
    store,
    participants as unknown as ParticipantStore,
    users as unknown as UsersService,
    bus,
  );
  return { service, store, database, told, seen, queries };
}

describe('presence while the database is away', () => {
  it('tells who went as soon as it is back, and then of his return', async () => {
    const { service, database, told, seen } = behindDatabase();
    await service.connected(BOB, 1, []);
    database.isAway = true;
    expect(await service.disconnected(BOB, 0)).toBe(true);
    expect(told).toEqual(['2 on']);
    database.isAway = false;
    await until(() => seen.length > 0);
    expect([told, seen]).toEqual([['2 on', '2 off'], ['2']]);
    await service.connected(BOB, 1, []);
    expect(told).toEqual(['2 on', '2 off', '2 on']);
  });

  it('tells nothing of who is back before anybody could hear that he went', async () => {
    const { service, database, told, seen } = behindDatabase();
    await service.connected(BOB, 1, []);
    database.isAway = true;
    await service.disconnected(BOB, 0);
    await service.connected(BOB, 1, []);
    const eve = { userId: '3', username: 'eve' };
    await service.connected(eve, 1, []);
    await service.disconnected(eve, 0);
    database.isAway = false;
    await until(() => seen.length > 0);
    expect([told, seen]).toEqual([['2 on', '3 on', '3 off'], ['3']]);
  });

  it('tells what turned out otherwise as soon as it is back, where it is so still', async () => {
    const { service, store, database, told } = behindDatabase();
    database.isAway = true;
    const there = { ...AWAY, connections: 1 };
    for (const userId of ['1', '2', '3']) {
      await store.correct(
        { place: SERVICE, userId, username: '' },
        userId === '1' ? { before: there, after: AWAY } : { before: AWAY, after: there },
      );
    }
    store.put({ place: SERVICE, userId: '3', username: '' }, there);
    database.isAway = false;
    await until(() => told.length > 1);
    expect(told.sort()).toEqual(['1 off', '3 on']);
    service.onModuleDestroy();
  });

  it('tells once of who was on a node that died, and notes later when he was seen', async () => {
    const { service, database, told, seen } = behindDatabase();
    database.isReadOnly = true;
    const gone = { before: { ...AWAY, connections: 1 }, after: AWAY };
    const rooms = await service.outlived(BOB, () => Promise.resolve(gone));
    expect([[...rooms], told]).toEqual([[7], ['2 off']]);
    database.isReadOnly = false;
    await until(() => seen.length > 0);
    expect([told, seen]).toEqual([['2 off'], ['2']]);
  });
});

it('users who go at once share their queries', async () => {
  const { service, queries, told, seen } = behindDatabase();
  const gone = { before: { ...AWAY, connections: 1 }, after: AWAY };
  const everybody = Array.from({ length: 1000 }, (_, n) => ({ userId: `${n}`, username: '' }));
  await Promise.all(everybody.map((one) => service.outlived(one, () => Promise.resolve(gone))));
  expect([told.length, seen.length]).toEqual([1000, 1000]);
  expect(queries.length).toBeLessThan(20);
});

describe('presence of a user who is back before others heard that he had gone', () => {
  it('is not told at all', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departure = depart();
    await Promise.resolve();
    await arrive();
    release();
    await departure;
    expect(told).toEqual([true]);
  });

  it('ends once when he leaves again meanwhile', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departures = [depart()];
    await Promise.resolve();
    await arrive();
    departures.push(depart());
    await Promise.resolve();
    release();
    await Promise.all(departures);
    expect(told).toEqual([true, false]);
  });

  it('begins anew where they did hear', async () => {
    const { told, arrive, depart, release } = presence();
    await arrive();
    const departure = depart();
    await Promise.resolve();
    release();
    await departure;
    await arrive();
    expect(told).toEqual([true, false, true]);
  });
});
