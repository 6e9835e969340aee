import { afterEach, beforeEach, expect, it } from 'vitest';
import { SERVICE, type Place } from '../../src/core/model/presence.js';
import { allKnown } from '../../src/core/soon.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { integerIn, seededRandom, type Random } from '../support/seeded-random.js';
import {
  connections,
  presenceNodes,
  spot,
  startNode,
  until,
  usersIn,
  type PresenceNode,
} from './support/presence-nodes.js';

const PLACES: readonly Place[] = [SERVICE, 1, 2];
const USERS = 6;
const STEPS = 400;

function oneOf<T>(random: Random, all: readonly T[]): T {
  const [one] = all.slice(integerIn(random, 0, all.length - 1));
  if (one === undefined) throw new Error('None to choose from');
  return one;
}

describeWithRedis('presence over random comings, goings, deaths and losses', () => {
  let server: RedisServer;
  let living: PresenceNode[];
  beforeEach(async () => {
    server = await RedisServer.start();
    living = await presenceNodes(server.url, ['a', 'b', 'c']);
  });
  afterEach(async () => {
    await Promise.all(living.map((node) => node.stop()));
    await server.remove();
  });

  /** Of who is where, by what each node knows of itself. */
  const truth = (place: Place): string => {
    const users = living.flatMap(({ store }) =>
      Array.from({ length: USERS }, (_, n) => String(n)).filter(
        (userId) => store.here(place, userId).connections > 0,
      ),
    );
    return [...new Set(users)].sort().join();
  };

  async function bury(dead: PresenceNode): Promise<void> {
    const { id } = dead.nodes;
    dead.kill();
    living = living.filter((node) => node !== dead);
    const [heir] = living as [PresenceNode];
    heir.nodes.living.delete(id);
    for (const { userId, stays } of await heir.store.leftBy(id)) {
      for (const place of [...stays.keys(), SERVICE] as const) {
        await heir.store.takeOut(id, place, userId);
      }
    }
    await heir.store.forget(id);
    expect(await server.command('KEYS', `*:${id}`)).toEqual([]);
  }

  async function loseRedis(random: Random): Promise<void> {
    if (random() < 0.5) {
      await server.command('FLUSHALL');
      return;
    }
    await server.down();
    await stir(random, 40);
    await server.up();
    await until(() => living.every(({ link }) => link.isUp));
  }

  /** None of it waits for another. */
  async function stir(random: Random, steps: number): Promise<void> {
    const puts = Array.from({ length: steps }, () => {
      const node = oneOf(random, living);
      const place = oneOf(random, PLACES);
      const userId = String(integerIn(random, 0, USERS - 1));
      return node.store.put(spot(place, userId), connections(integerIn(random, 0, 2)));
    });
    await allKnown(puts);
  }

  it('ends with the same at every node, and that is the truth', async () => {
    const { seed, random } = seededRandom();
    for (let round = 0; round < 4; round++) {
      await stir(random, STEPS);
      await loseRedis(random);
      await stir(random, 10);
      if (round === 1) await bury(oneOf(random, living));
      if (round === 2) {
        const [{ nodes }] = living as [PresenceNode];
        living.push(await startNode(server.url, nodes.another('d')));
      }
      for (const { store } of living) {
        for (const place of PLACES) {
          const seen = async () => (await usersIn(store, place)).join();
          const isSeen = until(async () => (await seen()) === truth(place)).then(() => 'so');
          const isLate = new Promise((resolve) => setTimeout(resolve, 10_000, 'never').unref());
          const became = await Promise.race([isSeen, isLate]);
          const now = became === 'so' ? truth(place) : await seen();
          expect({ seed, round, place, now }).toEqual({ seed, round, place, now: truth(place) });
        }
      }
    }
  }, 120_000);
});
