import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryEventBus } from '../../src/realtime/memory-event-bus.js';
import { Registry } from '../../src/realtime/registry.js';
import { RoomKeeper } from '../../src/session/room-keeper.js';
import { draft } from '../persistence/support/log-fixture.js';
import { startLeases, type LeaseFixture } from '../persistence/support/lease-fixture.js';
import { turns } from '../persistence/support/race.js';
import { Changes } from '../support/changes.js';
import { range } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';

let fixture: LeaseFixture;
let keeper: RoomKeeper;
const deleted: number[] = [];

beforeAll(async () => {
  fixture = await startLeases();
  const bus = new MemoryEventBus();
  bus.subscribe('conversation.deleted', ({ conversationId }) => deleted.push(conversationId));
  keeper = new RoomKeeper(fixture.stores[0], new Registry(), bus, 0);
});
afterAll(async () => {
  await keeper.onModuleDestroy();
  await fixture.close();
});

/** What happens by itself every ten seconds. */
const round = () => (keeper as unknown as { goRound(): Promise<void> }).goRound();

const exists = async (room: number) => (await fixture.standing(room)).exists;

/** A room with something in it that the other node had somebody in; its lease has expired. */
async function leftBehind(): Promise<number> {
  const room = await fixture.room();
  await fixture.stores[1].take(room);
  await fixture.nodes[1].log.append(draft(room));
  await fixture.expire(room);
  return room;
}

describe('a room that a dead node left behind', () => {
  it('is swept in the second round after its lease expired, and everyone is told', async () => {
    const room = await leftBehind();
    await round();
    expect(await exists(room)).toBe(true);
    await round();
    expect(await exists(room)).toBe(false);
    expect(await fixture.orphans()).toEqual([]);
    expect(deleted.filter((id) => id === room)).toEqual([room]);
  });

  it('stays while the lease holds, or somebody is still to come', async () => {
    const [leased, awaited] = [
      await fixture.room(),
      await fixture.room(new Date(Date.now() + 6e4)),
    ];
    await fixture.stores[1].take(leased);
    for (const _ of range(1, 3)) await round();
    expect([await exists(leased), await exists(awaited)]).toEqual([true, true]);
  });

  it('stays where the node comes back in the round between', async () => {
    const room = await leftBehind();
    await round();
    await fixture.stores[1].renew([room]);
    for (const _ of range(1, 3)) await round();
    expect(await exists(room)).toBe(true);
  });

  it('stays where its clients come back to this node', async () => {
    const room = await leftBehind();
    await round();
    await keeper.enter(room);
    for (const _ of range(1, 3)) await round();
    expect(await exists(room)).toBe(true);
    expect((await fixture.standing(room)).leases).toBe(2);
  });

  it('stays, or is gone for all, where its clients come back as it is swept', async () => {
    const { seed, random } = seededRandom();
    const outcomes = new Set<string>();
    for (const attempt of range(1, 60)) {
      const rooms = [await leftBehind(), await leftBehind(), await leftBehind()];
      const room = rooms[integerIn(random, 0, rooms.length - 1)] ?? 0;
      await round();
      const sweep = round();
      // Sometimes at once, sometimes too late.
      if (attempt === 2) await sweep;
      await turns(random, attempt === 1 ? 0 : 60);
      const entered = await keeper.enter(room).then(
        () => 'entered',
        () => 'turned away',
      );
      await sweep;
      outcomes.add(entered);
      const isDeleted = deleted.includes(room);
      const found = { seed, attempt, entered, exists: await exists(room), isDeleted };
      const isIn = entered === 'entered';
      expect(found).toEqual({ seed, attempt, entered, exists: isIn, isDeleted: !isIn });
    }
    expect([...outcomes].sort()).toEqual(['entered', 'turned away']);
  });

  it('is renewed by this node as long as somebody is in it, and by nobody else', async () => {
    const [room, gone] = [await fixture.room(), await fixture.room()];
    for (const id of [room, gone]) await keeper.enter(id);
    for (const id of [room, gone]) await fixture.expire(id);
    await fixture.stores[1].giveUp(gone);
    await round();
    expect(await fixture.stores[1].abandoned()).not.toContain(room);
    expect(await fixture.stores[1].giveUp(room)).toBe(false);
    // Who was in it hears that it is gone.
    expect(deleted).toContain(gone);
    expect(deleted).not.toContain(room);
  });
});

describe('a room that cannot be ended', () => {
  it('is tried again, but not without pause', async () => {
    const attempts: number[] = [];
    const changes = new Changes();
    const [store] = fixture.stores;
    const away = Object.create(store, {
      giveUp: {
        value: () => {
          attempts.push(performance.now());
          changes.happened();
          return Promise.reject(new Error('The database is away'));
        },
      },
    }) as typeof store;
    const hasty = new RoomKeeper(away, new Registry(), new MemoryEventBus(), 0);
    const room = await fixture.room();
    await hasty.enter(room);
    hasty.left(room);
    await changes.until('a second attempt', () => attempts.length > 1);
    await hasty.onModuleDestroy();
    const [first = 0, second = 0] = attempts;
    expect(second - first).toBeGreaterThan(100);
  });
});
