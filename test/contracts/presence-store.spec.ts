import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AWAY, hasCome, hasGone, hasLeft, SERVICE } from '../../src/core/model/presence.js';
import type { PresenceStore } from '../../src/core/ports/presence-store.js';
import { allKnown } from '../../src/core/soon.js';
import { MemoryPresenceStore } from '../../src/presence/memory-presence.store.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import {
  connections,
  entered,
  presenceNodes,
  spot,
  until,
  usersIn,
} from './support/presence-nodes.js';
import type { PresenceNode } from './support/presence-nodes.js';

/** What holds of one node, whether there are others or not. */
function contract(store: () => PresenceStore): void {
  const put = (place: number | typeof SERVICE, userId: string, count: number) =>
    store().put(spot(place, userId), connections(count));

  it('tells the first connection of a user, and the last, from the others', async () => {
    expect(hasCome(await put(SERVICE, '1', 1))).toBe(true);
    expect(hasCome(await put(SERVICE, '1', 2))).toBe(false);
    expect(hasGone(await put(SERVICE, '1', 1))).toBe(false);
    expect(hasGone(await put(SERVICE, '1', 0))).toBe(true);
    expect(hasCome(await put(SERVICE, '1', 1))).toBe(true);
  });

  it('changes nothing where it is told the same twice', async () => {
    await put(SERVICE, '1', 1);
    const again = await put(SERVICE, '1', 1);
    expect([hasCome(again), hasGone(again)]).toEqual([false, false]);
    await put(SERVICE, '1', 0);
    expect(hasGone(await put(SERVICE, '1', 0))).toBe(false);
  });

  it('keeps users and places apart, whatever they are called', async () => {
    const names = ['__proto__', 'constructor', '', '1', 'a:b', '{c}', 'é\n\0'];
    for (const name of names) {
      for (const place of [SERVICE, 1, 2] as const) {
        expect(hasCome(await put(place, name, 1))).toBe(true);
      }
    }
    for (const place of [SERVICE, 1, 2] as const) {
      expect(await usersIn(store(), place)).toEqual([...names].sort());
    }
    expect(hasGone(await put(1, '__proto__', 0))).toBe(true);
    expect(await usersIn(store(), 2)).toContain('__proto__');
  });

  it('answers in the order of the calls, and says how the user is there at once', async () => {
    const answers: number[] = [];
    const puts = [1, 2, 0, 3, 0].map(async (count, n) => {
      const change = store().put(spot(1, '1'), connections(count));
      expect(store().here(1, '1').connections).toBe(count);
      answers.push(n);
      return change;
    });
    const changes = await Promise.all(puts);
    expect(answers).toEqual([0, 1, 2, 3, 4]);
    expect(changes.map(({ after }) => after.connections)).toEqual([1, 2, 0, 3, 0]);
    expect(changes.map(hasGone)).toEqual([false, false, true, false, true]);
  });

  it('counts connections at each place that has any', async () => {
    await put(SERVICE, '1', 2);
    await put(SERVICE, '2', 1);
    await put(7, '1', 2);
    await put(8, '2', 1);
    await put(8, '2', 0);
    expect(await store().occupancy()).toEqual(
      new Map<unknown, number>([
        [SERVICE, 3],
        [7, 2],
      ]),
    );
  });

  it('knows no place that is gone', async () => {
    await put(7, '1', 1);
    await put(7, '2', 1);
    await store().clear(7);
    expect(await usersIn(store(), 7)).toEqual([]);
    expect(await store().occupancy()).toEqual(new Map());
  });

  it('refuses more connections of a user than there may be, and changes nothing', async () => {
    await put(SERVICE, '1', 2);
    const most = { connections: 2 };
    const refused = await store().put(spot(SERVICE, '1'), connections(3), most);
    expect(refused).toMatchObject({ isRefused: true, after: { connections: 2 } });
    expect(store().here(SERVICE, '1').connections).toBe(2);
    expect(await store().occupancy()).toEqual(new Map([[SERVICE, 2]]));
    expect(await store().put(spot(SERVICE, '2'), connections(1), most)).toMatchObject({
      isRefused: false,
    });
  });

  it('lets go whoever goes, whatever there may be at most', async () => {
    await put(SERVICE, '1', 1);
    const gone = await store().put(spot(SERVICE, '1'), AWAY, { connections: 1 });
    expect([gone.isRefused, hasGone(gone)]).toEqual([false, true]);
    await put(7, '1', 1);
    expect(hasGone(await store().put(spot(7, '1'), AWAY, { users: 1 }))).toBe(true);
    expect(await usersIn(store(), SERVICE)).toEqual([]);
    // Redis is asked still.
    expect(hasCome(await put(SERVICE, '1', 1))).toBe(true);
  });

  it('refuses another user where there is no room, but no connection of one who is there', async () => {
    const most = { users: 2 };
    const isRefused = async (userId: string, count: number) =>
      (await store().put(spot(7, userId), connections(count), most)).isRefused;
    expect(await isRefused('1', 1)).toBe(false);
    expect(await isRefused('2', 1)).toBe(false);
    expect(await isRefused('3', 1)).toBe(true);
    expect(await isRefused('2', 2)).toBe(false);
    await put(7, '1', 0);
    expect(await isRefused('3', 1)).toBe(false);
    expect(await usersIn(store(), 7)).toEqual(['2', '3']);
  });
}

describe('presence in memory', () => {
  let store: MemoryPresenceStore;
  beforeEach(() => void (store = new MemoryPresenceStore()));
  contract(() => store);
});

describeWithRedis('presence in Redis', () => {
  let server: RedisServer;
  let a: PresenceNode;
  let b: PresenceNode;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  describe('of one node', () => {
    beforeEach(async () => void ([a] = (await presenceNodes(server.url, ['a'])) as [PresenceNode]));
    afterEach(async () => {
      await a.stop();
      await server.command('FLUSHALL');
    });
    contract(() => a.store);
  });

  describe('which is a cluster, of one node', () => {
    let cluster: RedisServer;
    beforeAll(async () => {
      cluster = await RedisServer.start([
        ...['--cluster-enabled', 'yes'],
        ...['--cluster-announce-ip', '127.0.0.1'],
      ]);
      await cluster.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      const isFormed = async () =>
        String(await cluster.command('CLUSTER', 'INFO')).includes('state:ok');
      await until(isFormed);
    });
    afterAll(() => cluster.remove());
    beforeEach(async () => {
      const url = `redis+cluster://127.0.0.1:${cluster.port}`;
      [a, b] = (await presenceNodes(url, ['a', 'b'])) as [PresenceNode, PresenceNode];
    });
    afterEach(async () => {
      await Promise.all([a.stop(), b.stop()]);
      await cluster.command('FLUSHALL');
    });
    contract(() => a.store);

    it('keeps what is said of a place where one script can read it', async () => {
      expect([a, b].map(({ link }) => link.isUp)).toEqual([true, true]);
      for (const place of [SERVICE, 1, 2, 3, 4, 5] as const) {
        expect(hasCome(await a.store.put(spot(place, '1'), connections(1)))).toBe(true);
        expect(hasCome(await b.store.put(spot(place, '1'), connections(1)))).toBe(false);
        expect(await b.store.find(place, '1')).toEqual(connections(2));
        expect(hasGone(await a.store.put(spot(place, '1'), AWAY))).toBe(false);
      }
    });
  });

  describe('of two nodes', () => {
    beforeEach(async () => {
      [a, b] = (await presenceNodes(server.url, ['a', 'b'])) as [PresenceNode, PresenceNode];
    });
    afterEach(async () => {
      await Promise.all([a.stop(), b.stop()]);
      await server.command('FLUSHALL');
    });
    contract(() => a.store);

    it('finds exactly one first, and exactly one last, whoever asks at once', async () => {
      const both = (count: number) =>
        allKnown(
          [a, b].flatMap(({ store }) =>
            Array.from({ length: 50 }, (_, n) =>
              store.put(spot(SERVICE, String(n)), connections(count)),
            ),
          ),
        );
      for (let round = 0; round < 10; round++) {
        expect((await both(1)).filter(hasCome)).toHaveLength(50);
        expect((await both(0)).filter(hasGone)).toHaveLength(50);
      }
    });

    it('knows at each who is at the other', async () => {
      await a.store.put(spot(7, '1'), entered(2));
      await b.store.put(spot(7, '1'), connections(1));
      await b.store.put(spot(7, '2'), entered(1));
      for (const { store } of [a, b]) {
        expect(await usersIn(store, 7)).toEqual(['1', '2']);
        expect(await store.find(7, '1')).toEqual(entered(3));
        expect(await store.occupancy()).toEqual(new Map([[7, 4]]));
      }
      expect(a.store.here(7, '2')).toEqual(AWAY);
    });

    it('tells who entered on both when he left the second, not the first', async () => {
      await a.store.put(spot(7, '1'), entered());
      await b.store.put(spot(7, '1'), entered());
      const first = await a.store.put(spot(7, '1'), connections(1));
      const second = await b.store.put(spot(7, '1'), AWAY);
      expect([hasLeft(first), hasLeft(second)]).toEqual([false, true]);
      expect(second.after.connections).toBe(1);
    });

    it('refuses by what both have', async () => {
      await b.store.put(spot(SERVICE, '1'), connections(2));
      const most = { connections: 2 };
      const refused = await a.store.put(spot(SERVICE, '1'), connections(1), most);
      expect(refused.isRefused).toBe(true);
      expect(a.store.here(SERVICE, '1')).toEqual(AWAY);
      expect(await b.store.find(SERVICE, '1')).toEqual(connections(2));
    });

    it('finds all that a node said, in however many rooms', async () => {
      const rooms = Array.from({ length: 450 }, (_, n) => n + 1);
      await a.store.put(spot(SERVICE, '1'), connections(1));
      await allKnown(rooms.map((room) => a.store.put(spot(room, '1'), connections(1))));
      const [left] = await b.store.leftBy('a');
      expect([...(left?.stays.keys() ?? [])].sort((x, y) => x - y)).toEqual(rooms);
    });

    it('makes one list of a room for all who ask for it at once, and another after a change', async () => {
      await a.store.put(spot(7, '1'), entered());
      await b.store.put(spot(7, '2'), entered());
      const [, second, third] = await allKnown([a, a, a].map(({ store }) => store.in(7)));
      expect(third).toBe(second);
      const asked = a.store.in(7);
      await a.store.put(spot(7, '3'), entered());
      expect([...(await asked).keys()].sort()).toEqual(['1', '2', '3']);
      expect([...(third ?? []).keys()].sort()).toEqual(['1', '2']);
    });

    it('lets in as many users as there may be, when all come at once at both', async () => {
      const comings = Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? a : b).store.put(spot(7, String(n % 30)), entered(), { users: 10 }),
      );
      const refused = (await allKnown(comings)).filter(({ isRefused }) => isRefused);
      expect(await usersIn(a.store, 7)).toHaveLength(10);
      expect(await usersIn(b.store, 7)).toEqual(await usersIn(a.store, 7));
      expect(refused.length).toBeGreaterThanOrEqual(20);
    });

    it('leaves nothing in Redis when all have gone and both have stopped', async () => {
      for (const { store } of [a, b]) {
        for (const place of [SERVICE, 7] as const) await store.put(spot(place, '1'), entered());
        for (const place of [SERVICE, 7] as const) await store.put(spot(place, '1'), AWAY);
      }
      await Promise.all([a.store.onModuleDestroy(), b.store.onModuleDestroy()]);
      expect(await server.command('KEYS', '*')).toEqual([]);
    });
  });
});
