import { afterEach, beforeEach, expect, it } from 'vitest';
import { AWAY, hasCome, hasGone, hasLeft, SERVICE } from '../../src/core/model/presence.js';
import type { Change, Spot } from '../../src/core/model/presence.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import {
  connections,
  entered,
  presenceNodes,
  spot,
  startNode,
  until,
  usersIn,
  type PresenceNode,
} from './support/presence-nodes.js';

describeWithRedis('presence when something fails', () => {
  let server: RedisServer;
  let a: PresenceNode;
  let b: PresenceNode;
  let corrections: (readonly [node: string, userId: string, what: 'came' | 'went'])[];

  beforeEach(async () => {
    server = await RedisServer.start();
    [a, b] = (await presenceNodes(server.url, ['a', 'b'])) as [PresenceNode, PresenceNode];
    corrections = [];
    for (const { nodes, store } of [a, b]) {
      store.onCorrected(({ place, userId }: Spot, change: Change) => {
        if (place !== SERVICE) return Promise.resolve();
        if (hasCome(change)) corrections.push([nodes.id, userId, 'came']);
        if (hasGone(change)) corrections.push([nodes.id, userId, 'went']);
        return Promise.resolve();
      });
    }
  });
  afterEach(async () => {
    await Promise.all([a.stop(), b.stop()]);
    await server.remove();
  });

  const put = (node: PresenceNode, userId: string, count: number) =>
    node.store.put(spot(SERVICE, userId), connections(count));
  const mark = (id: string) => server.command('HGET', 'test:presence:nodes', id);
  const nextBeat = async (id: string) => {
    const before = await mark(id);
    await until(async () => (await mark(id)) !== before);
  };
  const isUp = (up: boolean) => until(() => [a, b].every(({ link }) => link.isUp === up));

  it('takes out what a node that died left, and who is elsewhere does not go', async () => {
    for (const userId of ['1', '2']) await put(b, userId, 1);
    await b.store.put(spot(7, '1'), entered());
    await put(a, '2', 1);
    b.kill();
    a.nodes.living.delete('b');
    expect(await usersIn(a.store, SERVICE)).toEqual(['2']);

    const left = await a.store.leftBy('b');
    expect(left).toHaveLength(2);
    expect(left).toContainEqual({
      ...{ userId: '1', username: 'name of 1' },
      stays: new Map([[7, entered()]]),
    });
    expect(hasLeft(await a.store.takeOut('b', 7, '1'))).toBe(true);
    expect(hasGone(await a.store.takeOut('b', SERVICE, '1'))).toBe(true);
    expect(hasGone(await a.store.takeOut('b', SERVICE, '2'))).toBe(false);
    // Once more, as where the first who did it died on the way.
    expect(hasGone(await a.store.takeOut('b', SERVICE, '1'))).toBe(false);
    await a.store.forget('b');
    expect(await a.store.leftBy('b')).toEqual([]);
  });

  it('says everything anew, and tells nobody, when Redis has lost it', async () => {
    await put(a, '1', 2);
    await put(b, '2', 1);
    await b.store.put(spot(7, '2'), entered());
    await server.command('FLUSHALL');
    for (const { store } of [a, b]) {
      await until(async () => (await usersIn(store, SERVICE)).length === 2);
      await until(async () => (await store.occupancy()).get(7) === 1);
    }
    expect(await a.store.find(7, '2')).toEqual(entered());
    expect(corrections).toEqual([]);
  });

  it('answers at once by what the node knows while Redis is away, and puts it right after', async () => {
    for (const node of [a, b]) await put(node, 'both', 1);
    await put(a, 'goes', 1);
    await put(a, 'stays', 1);
    await server.down();
    await isUp(false);

    expect(a.store.put(spot(SERVICE, 'both'), AWAY)).not.toBeInstanceOf(Promise);
    expect(hasGone(await put(a, 'goes', 0))).toBe(true);
    expect(hasCome(await put(a, 'comes', 1))).toBe(true);
    await put(a, 'stays', 0);
    await put(a, 'stays', 1);
    expect(await usersIn(a.store, SERVICE)).toEqual(['comes', 'stays']);
    expect(await a.store.find(SERVICE, 'both')).toEqual(AWAY);

    await server.up();
    for (const { store } of [a, b]) {
      const everybody = ['both', 'comes', 'stays'];
      await until(async () => String(await usersIn(store, SERVICE)) === String(everybody));
    }
    await until(() => corrections.some(([, userId]) => userId === 'goes'));
    // Where `a` found Redis empty still, it told that he went; who has him says the contrary.
    const told = corrections.filter(([, userId]) => userId !== 'both');
    expect([...told].sort()).toEqual([
      ['a', 'comes', 'came'],
      ['a', 'goes', 'went'],
    ]);
  });

  it('tells that he is there who was told to have gone, where Redis kept what it knew', async () => {
    for (const node of [a, b]) await put(node, '1', 1);
    server.pause();
    const [first, second] = await Promise.all([put(a, '1', 0), put(a, '2', 1)]);
    expect([hasGone(first), hasCome(second)]).toEqual([true, true]);
    // Nobody waits twice.
    expect(a.store.put(spot(SERVICE, '3'), connections(1))).not.toBeInstanceOf(Promise);
    expect(a.store.in(SERVICE)).not.toBeInstanceOf(Promise);
    server.resume();
    await until(() => corrections.some(([, userId]) => userId === '1'));
    await until(async () => String(await usersIn(b.store, SERVICE)) === '1,2,3');
    expect(corrections).toContainEqual(['a', '1', 'came']);
    expect(corrections).not.toContainEqual(['a', '1', 'went']);
    expect(await a.store.find(SERVICE, '1')).toEqual(connections(1));
  });

  it('says everything anew, and tells it, when the others took the node for dead', async () => {
    await put(b, '1', 1);
    a.nodes.living.delete('b');
    await a.store.takeOut('b', SERVICE, '1');
    await a.store.forget('b');
    b.nodes.revive();
    await until(async () => String(await usersIn(a.store, SERVICE)) === '1');
    await until(() => corrections.length > 0);
    expect(corrections).toEqual([['b', '1', 'came']]);
  });

  it('says that it is there while those who are told of corrections take their time', async () => {
    b.store.onCorrected(() => new Promise(() => undefined));
    await put(b, '1', 1);
    await a.store.takeOut('b', SERVICE, '1');
    await a.store.forget('b');
    b.nodes.revive();
    await until(() => corrections.length > 0);
    for (let beats = 0; beats < 2; beats++) await nextBeat('b');
  });

  it('says what it owes once more, also where that fails at first', async () => {
    await put(b, '1', 1);
    await a.store.takeOut('b', SERVICE, '1');
    await a.store.forget('b');
    b.nodes.revive();
    await until(() => corrections.length > 0);
    const key = 'test:presence:{service}:b';
    await server.command('DEL', key);
    await server.command('SET', key, 'of another kind');
    await nextBeat('b');
    await nextBeat('b');
    await server.command('DEL', key);
    await until(async () => String(await usersIn(a.store, SERVICE)) === '1');
  });

  it('finds a node that is gone and that nobody has cleared up after', async () => {
    await put(b, '1', 1);
    b.kill();
    a.nodes.living.delete('b');
    await server.command('HSET', 'test:presence:nodes', 'b', String(Date.now() - 61_000));
    const c = await startNode(server.url, a.nodes);
    try {
      const abandoned = new Promise((resolve) => {
        for (const { store } of [a, c]) {
          store.onAbandoned((nodeId) => {
            resolve(nodeId);
            return Promise.resolve();
          });
        }
      });
      expect(await abandoned).toBe('b');
    } finally {
      c.kill();
    }
  });

  it('asks on where Redis refuses something, and says later what it refused', async () => {
    await put(b, '2', 1);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const [seen, came] = await Promise.all([usersIn(a.store, SERVICE), put(a, '1', 1)]);
    expect([seen.includes('2'), hasCome(came)]).toEqual([true, true]);
    expect(a.store.in(SERVICE)).toBeInstanceOf(Promise);
    expect(await usersIn(a.store, SERVICE)).toEqual(['1', '2']);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await until(async () => (await usersIn(b.store, SERVICE)).includes('1'));
  });

  it('goes on where Redis was away from the start', async () => {
    await server.down();
    const c = await startNode(server.url, a.nodes);
    try {
      expect(hasCome(await put(c, '9', 1))).toBe(true);
      expect(await usersIn(c.store, SERVICE)).toEqual(['9']);
      await server.up();
      await until(async () => (await usersIn(b.store, SERVICE)).includes('9'));
    } finally {
      c.kill();
    }
  });
});
