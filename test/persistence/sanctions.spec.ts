import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sanction, SanctionKind } from '../../src/core/model/sanction.js';
import { migrate } from '../../src/persistence/migrate.js';
import { migrations } from '../../src/persistence/migrations/index.js';
import { range } from '../support/chat-shapes.js';
import { seededRandom } from '../support/seeded-random.js';
import { eventually } from './support/database-folder.js';
import { startLeases, type LeaseFixture } from './support/lease-fixture.js';
import { draft, newConversation } from './support/log-fixture.js';
import { turns } from './support/race.js';

const ROUNDS = 200;
const HOUR_MS = 60 * 60 * 1_000;

/** Conversations of alice and mallory; carol takes no part. */
const [ALICE, MALLORY, CAROL] = ['alice', 'mallory', 'carol'];

let fixture: LeaseFixture;
beforeAll(async () => void (fixture = await startLeases()));
afterAll(() => fixture.close());

const conversation = () => fixture.conversation([ALICE, MALLORY]);

const sanction = (conversationId: number, kind: SanctionKind, more: Partial<Sanction> = {}) => ({
  ...{ conversationId, userId: MALLORY, kind, moderatorId: ALICE, reason: null },
  ...{ createdAt: new Date(), expiresAt: null },
  ...more,
});
const entry = { actorId: ALICE, action: 'sanction.applied' } as const;
const put = async (...of: Parameters<typeof sanction>): Promise<boolean> =>
  (await fixture.sanctions.put(sanction(...of), entry)) !== null;

/** What becomes of a message that is sent through that node. */
const send = async (id: number, senderId = MALLORY, node: 0 | 1 = 0): Promise<string> =>
  (await fixture.nodes[node].log.append(draft(id, { senderId }))).outcome;

const sentBy = async (id: number, userId: string): Promise<number> => {
  const count = `SELECT count(*)::integer AS n FROM messages
    WHERE conversation_id = $1 AND sender_id = $2`;
  const [row] = await fixture.query(count, [id, userId]);
  return Number(row?.n);
};

const past = () => ({ expiresAt: new Date(Date.now() - 1_000) });
const ahead = () => ({ expiresAt: new Date(Date.now() + HOUR_MS) });

describe('a message of somebody who is sanctioned', () => {
  it.each<[string, string, [SanctionKind, Partial<Sanction>?][]]>([
    ['appended', 'without a sanction', []],
    ['banned', 'under a ban', [['ban']]],
    ['muted', 'under a mute', [['mute']]],
    ['banned', 'under a ban that ends some day', [['ban', ahead()]]],
    ['muted', 'under a mute that ends some day', [['mute', ahead()]]],
    ['banned', 'under both, the ban put first', [['ban'], ['mute']]],
    ['banned', 'under both, the mute put first', [['mute'], ['ban']]],
    [
      'appended',
      'after a ban and a mute that have ended',
      [
        ['ban', past()],
        ['mute', past()],
      ],
    ],
    ['muted', 'after a ban that has ended, under a mute', [['ban', past()], ['mute']]],
    ['banned', 'after a mute that has ended, under a ban', [['mute', past()], ['ban']]],
    ['appended', 'where the last one put has ended', [['ban'], ['ban', past()]]],
    ['banned', 'where the one before had ended', [['ban', past()], ['ban']]],
    ['appended', 'where somebody else is banned', [['ban', { userId: ALICE }]]],
  ])('is %s %s', async (outcome, _, kinds) => {
    const [id, other] = [await conversation(), await conversation()];
    for (const [kind, more] of kinds) expect(await put(id, kind, more)).toBe(true);
    expect(await send(id)).toBe(outcome);
    expect(await sentBy(id, MALLORY)).toBe(outcome === 'appended' ? 1 : 0);
    // Sanctions are of one conversation.
    expect(await send(other)).toBe('appended');
  });

  it.each<[string, SanctionKind]>([
    ['banned', 'ban'],
    ['not-participant', 'mute'],
  ])('is %s where its sender, under a %s, takes no part', async (outcome, kind) => {
    const id = await conversation();
    expect(await send(id, CAROL)).toBe('not-participant');
    await put(id, kind, { userId: CAROL });
    expect(await send(id, CAROL)).toBe(outcome);
  });

  it('is refused in live rooms, where nobody takes part', async () => {
    const room = await fixture.room();
    expect(await send(room)).toBe('appended');
    await put(room, 'mute');
    expect(await send(room)).toBe('muted');
    await put(room, 'ban');
    expect(await send(room)).toBe('banned');
    expect(await send(room, CAROL)).toBe('appended');
  });

  it('is refused alone: its neighbours in the batch are stored without a gap', async () => {
    const id = await conversation();
    await put(id, 'mute');
    const senders = range(1, 30).map((n) => (n % 3 === 0 ? MALLORY : ALICE));
    const outcomes = await Promise.all(senders.map((sender) => send(id, sender)));
    expect(outcomes).toEqual(senders.map((one) => (one === ALICE ? 'appended' : 'muted')));
    const seqs = 'SELECT seq::integer FROM messages WHERE conversation_id = $1 ORDER BY seq';
    expect(await fixture.query(seqs, [id])).toEqual(range(1, 20).map((seq) => ({ seq })));
  });
});

describe('a sanction that is put while messages are sent', () => {
  /** Resolves when so many sessions wait for a lock. */
  const blocked = (count: number) => {
    const waiting = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return eventually(async () => (await fixture.query(waiting)).length === count);
  };

  /** Runs both while somebody holds the conversation: the first waits, then the second behind it. */
  async function inLine<A, B>(id: number, first: () => Promise<A>, second: () => Promise<B>) {
    const holder = fixture.nodes[0].dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE', [id]);
    const one = first();
    await blocked(1);
    const two = second();
    await blocked(2);
    await holder.commitTransaction();
    await holder.release();
    return [await one, await two] as const;
  }

  it('judges what waits behind it, and waits for what is being committed', async () => {
    const ids = [await conversation(), await conversation()] as const;
    const [ban, say] = [(id: number) => () => put(id, 'ban'), (id: number) => () => send(id)];
    expect(await inLine(ids[0], ban(ids[0]), say(ids[0]))).toEqual([true, 'banned']);
    expect(await inLine(ids[1], say(ids[1]), ban(ids[1]))).toEqual(['appended', true]);
    expect([await sentBy(ids[0], MALLORY), await sentBy(ids[1], MALLORY)]).toEqual([0, 1]);
    expect(await send(ids[1])).toBe('banned');
  });

  it('lets nothing of its target through once it is put, in 200 random orders', async () => {
    const { seed, random } = seededRandom();
    let said = 0;
    for (const round of range(1, ROUNDS)) {
      const id = await conversation();
      const kind = random() < 0.5 ? 'ban' : 'mute';
      const refusal = kind === 'ban' ? 'banned' : 'muted';
      const outcomes: string[] = [];
      const streams = range(1, 6).map(async (n) => {
        let outcome = 'appended';
        while (outcome === 'appended') {
          await turns(random, 3);
          outcome = await send(id, MALLORY, n % 2 ? 1 : 0);
          outcomes.push(outcome);
          await send(id, ALICE, n % 2 ? 1 : 0);
        }
      });
      await turns(random, 200);
      expect(await put(id, kind)).toBe(true);
      const before = await sentBy(id, MALLORY);
      const late = await Promise.all([send(id, MALLORY, 0), send(id, MALLORY, 1)]);
      await Promise.all(streams);
      const appended = outcomes.filter((outcome) => outcome === 'appended').length;
      const found = { seed, round, late, appended, stored: await sentBy(id, MALLORY) };
      expect(found).toEqual({
        ...{ seed, round, late: [refusal, refusal] },
        ...{ appended: before, stored: before },
      });
      said += appended;
    }
    // Most of them were in the middle of it.
    expect(said).toBeGreaterThan(ROUNDS);
  }, 120_000);

  it('is not left behind where the room ends meanwhile', async () => {
    const end = (room: number) => () => fixture.stores[0].giveUp(room);
    const first = await fixture.room();
    expect(await inLine(first, () => put(first, 'ban'), end(first))).toEqual([true, true]);
    const second = await fixture.room();
    expect(await inLine(second, end(second), () => put(second, 'ban'))).toEqual([true, false]);
    expect(await fixture.orphans()).toEqual([]);
    expect(await put(2 ** 31 - 1, 'ban')).toBe(false);
  });
});

describe('the migration that brought sanctions', () => {
  it('is taken back and made again without a message refused, or lost', async () => {
    const { dataSource } = fixture.nodes[0];
    const id = (await fixture.nodes[0].conversations.create(newConversation([ALICE, MALLORY]))).id;
    await put(id, 'ban');
    const since = migrations.findIndex(({ name }) => name.startsWith('Sanctions'));
    for (const _ of migrations.slice(since)) await dataSource.undoLastMigration();
    // Without a word for it, there is no sanction.
    for (const node of [0, 1] as const) expect(await send(id, MALLORY, node)).toBe('appended');
    expect(await send(id, CAROL)).toBe('not-participant');
    await migrate(dataSource);
    expect(await send(id)).toBe('appended');
    await put(id, 'ban');
    for (const node of [0, 1] as const) expect(await send(id, MALLORY, node)).toBe('banned');
    expect(await send(id, ALICE)).toBe('appended');
    const seqs = 'SELECT seq::integer FROM messages WHERE conversation_id = $1 ORDER BY seq';
    expect(await fixture.query(seqs, [id])).toEqual(range(1, 4).map((seq) => ({ seq })));
  });
});
