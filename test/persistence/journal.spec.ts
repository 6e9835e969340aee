import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { journalOf, openClub, until, type Club, type Member } from './support/memberships.js';
import { turns } from './support/race.js';

const { seed, random } = seededRandom();

let club: Club;
beforeEach(async () => void (club = await openClub()));
afterEach(() => club.close());

const joined = (count: number): Promise<Member[]> =>
  Promise.all(Array.from({ length: count }, () => club.join()));

/** Ends connections of that kind: all, or one by one. */
const terminate = (name: string) =>
  club.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1`,
    [name],
  );

/** What each has read is what the others wrote, once, in the order of the journal. */
async function expectAllRead(members: readonly Member[], count: number): Promise<void> {
  const rows = await journalOf(club.database);
  expect(rows).toHaveLength(count);
  for (const { nodes, seen } of members) {
    const theirs = rows.filter(({ origin }) => origin !== nodes.id);
    await until('all to be read', () => seen.length >= theirs.length);
    expect({ seed, seen }).toEqual({ seed, seen: theirs.map(({ entry }) => entry) });
  }
}

describe('the journal', () => {
  it('has one order for all, in which nothing is missing or twice, whatever connections end', async () => {
    const members = await joined(3);
    let isWriting = true;
    let ended = 0;
    const disturb = async () => {
      while (isWriting) {
        const name = ['causerie node', 'causerie write_journal'][integerIn(random, 0, 1)] ?? '';
        ended += (await terminate(name)).length;
        await delay(integerIn(random, 0, 60));
      }
    };
    const disturbing = disturb();
    const early: string[] = [];
    const write = async (writer: number, from: number) => {
      for (let n = from; n < 100; n += 5) {
        const text = `${writer}: ${n}`;
        const isAwaited = n % 2 === 0;
        await members[writer]?.journal.write(text, isAwaited);
        if (!isAwaited) continue;
        // What has no lease is not waited for.
        const others = members.filter((_, index) => index !== writer);
        const late = others.filter(({ seen, nodes }) => nodes.isCurrent && !seen.includes(text));
        if (late.length > 0) early.push(text);
      }
    };
    await Promise.all([0, 1, 2].flatMap((w) => [0, 1, 2, 3, 4].map((n) => write(w, n))));
    isWriting = false;
    await disturbing;
    await expectAllRead(members, 300);
    process.stdout.write(`300 entries, ${ended} connections ended\n`);
    expect({ seed, early }).toEqual({ seed, early: [] });
    expect(ended).toBeGreaterThan(5);
  }, 120_000);

  it('has the entries of one node in the order in which it wrote them, whatever fails', async () => {
    const [writer, reader] = (await joined(2)) as [Member, Member];
    const written: Promise<void>[] = [];
    const texts: string[] = [];
    for (let n = 0; n < 60; n++) {
      texts.push(`entry ${n}`);
      written.push(writer.journal.write(`entry ${n}`, false));
      await turns(random, 20);
      if (n % 6 === 0) await terminate('causerie write_journal');
    }
    await Promise.all(written);
    await expectAllRead([reader], 60);
    expect({ seed, seen: reader.seen }).toEqual({ seed, seen: texts });
  }, 60_000);

  it('tells a node nothing of what was before its time, and all that is after', async () => {
    const [writer] = (await joined(1)) as [Member];
    await writer.journal.write('before', true);
    const newcomer = await club.join();
    await writer.journal.write('after', true);
    expect(newcomer.seen).toEqual(['after']);
  });
});

describe('who waits for all', () => {
  it('waits for each that lives, until it has applied the entry', async () => {
    const [writer, quick, slow] = (await joined(3)) as [Member, Member, Member];
    let isDone = false;
    let release = (): void => undefined;
    slow.gate = new Promise<void>((resolve) => (release = resolve));
    const written = writer.journal.write('awaited', true).then(() => (isDone = true));
    await until('the quick one to read it', () => quick.seen.length === 1);
    // A whole round of leases goes by: nobody is struck who is only slow.
    const [before] = await leases();
    await until('a round', async () => (await leases()).every((lease) => lease > (before ?? 0)));
    expect([isDone, slow.seen]).toEqual([false, []]);
    release();
    await written;
    expect(slow.seen).toEqual(['awaited']);
  });

  it('does not wait where nobody has to', async () => {
    const [writer, slow] = (await joined(2)) as [Member, Member];
    let release = (): void => undefined;
    slow.gate = new Promise<void>((resolve) => (release = resolve));
    await writer.journal.write('kept', false);
    expect(slow.seen).toEqual([]);
    release();
  });

  it('waits for a node that died no longer than its lease, and never for one long dead', async () => {
    const [writer] = (await joined(1)) as [Member];
    await club.ghost('long dead', -1_000);
    await writer.journal.write('at once', true);
    await club.ghost('dying', 2_000);
    await writer.journal.write('in the end', true);
    const [ghost] = await club.database.query(
      `SELECT expires_at < clock_timestamp() AS is_dead FROM nodes WHERE id = 'dying'`,
    );
    expect(ghost).toEqual({ is_dead: true });
  });

  it('does not wait for a node that has left', async () => {
    const [writer, leaver] = (await joined(2)) as [Member, Member];
    let release = (): void => undefined;
    leaver.gate = new Promise<void>((resolve) => (release = resolve));
    const written = writer.journal.write('said as it goes', true);
    await leaver.close();
    await written;
    release();
    await until('nobody to know it', () => writer.nodes.living.size === 1);
    await writer.journal.write('said after that', true);
    expect(leaver.seen).not.toContain('said after that');
  });

  it('is told UNAVAILABLE where a living node does not apply it, which is told of it all the same', async () => {
    const [writer, slow] = (await joined(2)) as [Member, Member];
    let release = (): void => undefined;
    slow.gate = new Promise<void>((resolve) => (release = resolve));
    // It renews its lease by notes of its own: what reads is busy.
    const keeper = setInterval(() => void renew(slow).catch(() => undefined), 500);
    const failed = expect(writer.journal.write('late', true)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await failed;
    clearInterval(keeper);
    release();
    await until('it to be told', () => slow.seen.includes('late'));
  }, 60_000);
});

const renew = ({ nodes }: Member) =>
  club.database.query(
    `UPDATE nodes SET expires_at = clock_timestamp() + interval '5 s' WHERE id = $1`,
    [nodes.id],
  );

const leases = async (): Promise<number[]> => {
  const rows = await club.database.query(
    'SELECT extract(epoch FROM expires_at)::float8 AS lease FROM nodes ORDER BY 1 DESC',
  );
  return rows.map(({ lease }) => lease as number);
};
