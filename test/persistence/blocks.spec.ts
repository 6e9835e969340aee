import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TypeOrmBlockStore } from '../../src/persistence/stores/typeorm-block.store.js';
import { range } from '../support/chat-shapes.js';
import { seededRandom } from '../support/seeded-random.js';
import { draft, startLog, type LogFixture } from './support/log-fixture.js';
import { turns } from './support/race.js';

const ROUNDS = 60;
const MAX = 1_000;

let fixture: LogFixture;
let store: TypeOrmBlockStore;
beforeAll(async () => {
  fixture = await startLog();
  store = new TypeOrmBlockStore(fixture.nodes[1].dataSource);
});
afterAll(() => fixture.close());

let lastPair = 0;
const newPair = () => [`alice-${++lastPair}`, `bob-${lastPair}`] as const;

const openDirect = async (a: string, b: string): Promise<number> =>
  (await fixture.nodes[0].conversations.openDirect(a, b)).conversation.id;

const send = async (id: number, senderId: string, node: 0 | 1 = 0): Promise<string> =>
  (await fixture.nodes[node].log.append(draft(id, { senderId }))).outcome;

describe('the store of blocks', () => {
  it('knows who has blocked whom, either way round', async () => {
    const [alice, bob] = newPair();
    expect(await store.add(alice, bob, MAX)).toBe('added');
    expect(await store.add(alice, bob, MAX)).toBe('already');
    expect([await store.isBetween(alice, bob), await store.isBetween(bob, alice)]).toEqual([
      ...[true, true],
    ]);
    expect(await store.blockedBy(alice)).toMatchObject([
      { blockedId: bob, username: `user_${bob}` },
    ]);
    expect(await store.blockedBy(bob)).toEqual([]);
    expect(await store.blockersAmong([alice, bob, 'carol'], bob)).toEqual(new Set([alice]));
    expect([await store.remove(alice, bob), await store.remove(alice, bob)]).toEqual([true, false]);
    expect(await store.isBetween(alice, bob)).toBe(false);
  });

  it('takes no more than it may', async () => {
    const [alice, bob] = newPair();
    expect(await store.add(alice, 'one', 1)).toBe('added');
    expect(await store.add(alice, bob, 1)).toBe('full');
    expect(await store.add(alice, 'one', 1)).toBe('already');
  });

  it('leaves conversations of others, and of several, alone', async () => {
    const [alice, bob] = newPair();
    const group = await fixture.conversation([alice, bob]);
    const direct = await openDirect(bob, 'carol');
    await store.add(alice, bob, MAX);
    expect([await send(group, bob), await send(direct, bob)]).toEqual(['appended', 'appended']);
  });

  it('refuses, on either node, whatever is sent after it', async () => {
    const { random } = seededRandom();
    for (const round of range(1, ROUNDS)) {
      const [alice, bob] = newPair();
      const id = await openDirect(alice, bob);
      let isBlocked = false;
      const blocked = turns(random)
        .then(() => store.add(alice, bob, MAX))
        .then(() => (isBlocked = true));
      const sent = range(1, 6).map(async (n) => {
        await turns(random);
        const cameAfter = isBlocked;
        const outcome = await send(id, n % 2 ? alice : bob, n % 3 ? 0 : 1);
        return cameAfter ? outcome : 'blocked';
      });
      const late = new Set(await Promise.all(sent));
      await blocked;
      expect({ round, late }).toEqual({ round, late: new Set(['blocked']) });
      expect(await send(id, bob)).toBe('blocked');
    }
  });
});
