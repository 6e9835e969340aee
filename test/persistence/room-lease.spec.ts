import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TypeOrmReceiptStore } from '../../src/persistence/stores/typeorm-receipt.store.js';
import { range } from '../support/chat-shapes.js';
import { seededRandom } from '../support/seeded-random.js';
import { GONE, startLeases, type LeaseFixture } from './support/lease-fixture.js';
import { draft, newConversation } from './support/log-fixture.js';
import { race } from './support/race.js';

const ROUNDS = 60;
const IN_AN_HOUR = 60 * 60 * 1_000;

let fixture: LeaseFixture;
let here: LeaseFixture['stores'][number];
let there: LeaseFixture['stores'][number];
beforeAll(async () => {
  fixture = await startLeases();
  [here, there] = fixture.stores;
});
afterAll(() => fixture.close());

describe('the lease of a live room', () => {
  it('ends the room with the last node that gives it up', async () => {
    const room = await fixture.room();
    expect([await here.take(room), await there.take(room)]).toEqual([true, true]);
    expect(await here.giveUp(room)).toBe(false);
    expect(await fixture.standing(room)).toEqual({ exists: true, leases: 1 });
    expect(await there.giveUp(room)).toBe(true);
    expect(await fixture.standing(room)).toEqual(GONE);
  });

  it('takes everything with it that is in the room', async () => {
    const [room, other] = [await fixture.room(), await fixture.room()];
    for (const id of [room, other]) {
      await here.take(id);
      await fixture.nodes[0].log.append(draft(id));
    }
    expect(await here.giveUp(room)).toBe(true);
    expect(await fixture.orphans()).toEqual([]);
    const kept = 'SELECT content FROM messages WHERE conversation_id = $1';
    expect(await fixture.query(kept, [other])).toEqual([{ content: 'hello' }]);
  });

  it('is one for each node, however often it is taken', async () => {
    const room = await fixture.room();
    for (const _ of range(1, 3)) expect(await here.take(room)).toBe(true);
    expect(await fixture.standing(room)).toEqual({ exists: true, leases: 1 });
    expect(await there.giveUp(room)).toBe(false);
    expect(await here.giveUp(room)).toBe(true);
  });

  it('of another node keeps the room until it expires', async () => {
    const room = await fixture.room();
    await there.take(room);
    expect(await here.giveUp(room)).toBe(false);
    expect(await here.abandoned()).not.toContain(room);
    await fixture.expire(room);
    expect(await here.abandoned()).toContain(room);
    expect(await here.giveUp(room)).toBe(true);
    expect(await fixture.standing(room)).toEqual(GONE);
  });

  it('holds again once it is renewed, or taken anew', async () => {
    const rooms = [await fixture.room(), await fixture.room()] as const;
    for (const room of rooms) {
      await there.take(room);
      await fixture.expire(room);
    }
    expect(await there.renew([rooms[0]])).toEqual([]);
    expect(await there.take(rooms[1])).toBe(true);
    for (const room of rooms) {
      expect(await here.giveUp(room)).toBe(false);
      expect(await here.abandoned()).not.toContain(room);
    }
  });

  it('is told gone when it is renewed for a room that is not there any more', async () => {
    const [room, gone] = [await fixture.room(), await fixture.room()];
    for (const id of [room, gone]) await there.take(id);
    await fixture.expire(gone);
    await here.giveUp(gone);
    expect(await there.renew([gone, room])).toEqual([gone]);
    expect(await fixture.standing(gone)).toEqual(GONE);
    expect(await there.renew([])).toEqual([]);
  });

  it('does not take what is gone, or never was', async () => {
    const room = await fixture.room();
    await here.giveUp(room);
    for (const id of [room, 2 ** 31 - 1]) {
      expect(await there.take(id)).toBe(false);
      expect(await there.giveUp(id)).toBe(false);
      expect(await fixture.standing(id)).toEqual(GONE);
    }
  });
});

describe('a room that waits for its first client', () => {
  it('is kept as long as it was said', async () => {
    const room = await fixture.room(new Date(Date.now() + IN_AN_HOUR));
    expect(await here.abandoned()).not.toContain(room);
    expect(await here.giveUp(room)).toBe(false);
    await fixture.query(`UPDATE conversations SET kept_until = clock_timestamp() WHERE id = $1`, [
      room,
    ]);
    expect(await here.abandoned()).toContain(room);
    expect(await here.giveUp(room)).toBe(true);
  });

  it('is kept for nobody any more once somebody came', async () => {
    const room = await fixture.room(new Date(Date.now() + IN_AN_HOUR));
    await here.take(room);
    expect(await here.giveUp(room)).toBe(true);
  });
});

describe('a conversation that is not live', () => {
  it.each(['private', 'public', 'direct'] as const)('is never touched: %s', async (type) => {
    const { conversations, log } = fixture.nodes[0];
    const users = [`1 of ${type}`, `2 of ${type}`] as const;
    const { id } =
      type === 'direct'
        ? (await conversations.openDirect(...users)).conversation
        : await conversations.create({ ...newConversation(users), type });
    await log.append(draft(id, { senderId: users[0] }));
    expect(await here.take(id)).toBe(false);
    expect(await here.renew([id])).toEqual([id]);
    expect(await here.abandoned()).not.toContain(id);
    expect(await here.giveUp(id)).toBe(false);
    expect(await fixture.standing(id)).toEqual({ exists: true, leases: 0 });
    const participants = 'SELECT user_id FROM participants WHERE conversation_id = $1';
    expect(await fixture.query(participants, [id])).toHaveLength(2);
  });
});

describe('nodes that are at a room at the same time', () => {
  const { seed, random } = seededRandom();

  it.each([
    ['taking', (room: number) => there.take(room)],
    ['renewing', async (room: number) => (await there.renew([room])).length === 0],
  ])('agree on whether it is: one %s it as the other gives it up', async (_, hold) => {
    for (const round of range(1, ROUNDS)) {
      const room = await fixture.room();
      await here.take(room);
      const [isOver, isHeld] = await race(
        { random, round },
        () => here.giveUp(room),
        () => hold(room),
      );
      const found = { seed, round, isOver, ...(await fixture.standing(room)) };
      const kept = { isOver: false, exists: true, leases: 1 };
      expect(found).toEqual({ seed, round, ...(isHeld ? kept : { ...GONE, isOver: true }) });
    }
  });

  it('end it once where both give it up', async () => {
    for (const round of range(1, ROUNDS)) {
      const room = await fixture.room();
      await Promise.all([here.take(room), there.take(room)]);
      const isOver = await race(
        { random, round },
        () => here.giveUp(room),
        () => there.giveUp(room),
      );
      expect([...isOver].sort()).toEqual([false, true]);
      expect(await fixture.standing(room)).toEqual(GONE);
    }
  });

  it('leave nothing of what is said as it ends', async () => {
    const ends = new Set<string>();
    for (const round of range(1, ROUNDS)) {
      const room = await fixture.room();
      await here.take(room);
      const [isOver, outcomes] = await race(
        { random, round },
        () => here.giveUp(room),
        () => Promise.all(fixture.nodes.map(({ log }) => log.append(draft(room)))),
      );
      expect(isOver).toBe(true);
      for (const { outcome } of outcomes) ends.add(outcome);
    }
    expect([...ends].sort()).toEqual(['appended', 'conversation-not-found']);
    expect(await fixture.orphans()).toEqual([]);
  });

  it('leave nothing of what is read as it ends', async () => {
    const receipts = new TypeOrmReceiptStore(fixture.nodes[1].dataSource);
    for (const round of range(1, ROUNDS)) {
      const room = await fixture.room();
      await here.take(room);
      const sent = await fixture.nodes[0].log.append(draft(room));
      if (sent.outcome !== 'appended') throw new Error(sent.outcome);
      const { id: messageId, seq } = sent.message;
      await race(
        { random, round },
        () => here.giveUp(room),
        () => receipts.advance({ conversationId: room, userId: '1', messageId, seq }),
      );
    }
    expect(await fixture.orphans()).toEqual([]);
  });
});
