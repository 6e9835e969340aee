import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdUp, openClub, until, type Club, type Member } from './support/memberships.js';

let club: Club;
beforeEach(async () => void (club = await openClub()));
afterEach(() => club.close());

const joined = (count: number): Promise<Member[]> =>
  Promise.all(Array.from({ length: count }, () => club.join()));

describe('a lease', () => {
  it('that is lost is regained once all that was missed is applied, and that is told', async () => {
    const [writer, cut] = (await joined(2)) as [Member, Member];
    const atRevival: string[][] = [];
    cut.nodes.onRevival(() => atRevival.push([...cut.seen]));
    const release = await holdUp(club.database, cut);
    await until('its lease to be over', () => !cut.nodes.isCurrent);
    await expect(cut.nodes.current()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await writer.journal.write('one', true);
    await writer.journal.write('two', true);
    expect(cut.seen).toEqual([]);
    const current = cut.nodes.current().then(() => [...cut.seen]);
    await release();
    expect(await current).toEqual(['one', 'two']);
    expect([cut.nodes.isCurrent, atRevival]).toEqual([true, [['one', 'two']]]);
    await writer.journal.write('three', true);
    expect(cut.seen).toEqual(['one', 'two', 'three']);
    await until('it to be counted again', () => writer.nodes.living.has(cut.nodes.id));
  }, 60_000);

  it('that runs out is told of once, on one of the others, and the node is forgotten', async () => {
    const members = await joined(3);
    const deaths: string[] = [];
    for (const { nodes } of members)
      nodes.onDeath((id) => {
        deaths.push(id);
        return Promise.resolve();
      });
    const ghosts = ['ghost 1', 'ghost 2', 'ghost 3'];
    await club.ghost('paused', -2_000);
    for (const id of ghosts) await club.ghost(id, -11_000);
    await until('all to be forgotten', async () => {
      const rows = await club.database.query(`SELECT 1 FROM nodes WHERE id LIKE 'ghost%'`);
      return rows.length === 0;
    });
    expect(deaths.sort()).toEqual(ghosts);
    const [paused] = await club.database.query(
      `SELECT 1 AS is_there FROM nodes WHERE id = 'paused'`,
    );
    expect(paused).toEqual({ is_there: 1 });
  });

  it('that ran out is told of again where clearing up has failed', async () => {
    const members = await joined(2);
    const deaths: string[] = [];
    for (const { nodes } of members) {
      nodes.onDeath((id) => {
        deaths.push(id);
        return deaths.length === 1 ? Promise.reject(new Error('Not now')) : Promise.resolve();
      });
    }
    await club.ghost('ghost', -11_000);
    await until('the second try', () => deaths.length > 1);
    expect(deaths).toEqual(['ghost', 'ghost']);
  });
});

describe.each([
  ['some of what follows is still there', 'max(id) - 1'],
  ['nothing is there any more', 'max(id)'],
])('a node too far behind, where %s', (_, upTo) => {
  it('ends its process in good order', async () => {
    const [writer, behind] = (await joined(2)) as [Member, Member];
    let signals = 0;
    const onSignal = () => signals++;
    process.on('SIGTERM', onSignal);
    try {
      const release = await holdUp(club.database, behind);
      for (const text of ['one', 'two', 'three']) await writer.journal.write(text, false);
      await club.database.query(
        `WITH last AS (UPDATE journal_end SET removed = (SELECT ${upTo} FROM journal)
           RETURNING removed)
         DELETE FROM journal WHERE id <= (SELECT removed FROM last)`,
      );
      await release();
      await until('the signal', () => signals > 0);
      expect(behind.seen).toEqual([]);
    } finally {
      await behind.close();
      process.off('SIGTERM', onSignal);
    }
  }, 60_000);
});
