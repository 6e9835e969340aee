import { describe, expect, it } from 'vitest';
import { GroupCommit, type GroupCommitOptions } from '../../src/core/group-commit.js';

class Poison extends Error {}

/** A database whose answers the test gives when it likes. */
class Writer {
  readonly batches: (readonly string[])[] = [];
  private readonly answers: ((error?: Error) => void)[] = [];
  private readonly arrivals: (() => void)[] = [];

  readonly write = (batch: readonly string[]): Promise<readonly string[]> => {
    this.batches.push(batch);
    this.arrivals.shift()?.();
    return new Promise((resolve, reject) => {
      this.answers.push((error) => {
        if (error) reject(error);
        else resolve(batch.map((item) => `${item}!`));
      });
    });
  };

  /** Resolves when a statement is under way. */
  async arrival(): Promise<void> {
    if (this.answers.length === 0) {
      await new Promise<void>((resolve) => void this.arrivals.push(resolve));
      // The statement registers its answer right after it arrived.
      await Promise.resolve();
    }
  }

  async answer(error?: Error): Promise<void> {
    await this.arrival();
    this.answers.shift()?.(error);
  }
}

const start = (options: Partial<GroupCommitOptions<string, string>> = {}) => {
  const writer = new Writer();
  const commits = new GroupCommit<string, string>({
    write: writer.write,
    isItemsFault: (error) => error instanceof Poison,
    ...options,
  });
  return { writer, commits };
};

const settled = <T>(promises: readonly Promise<T>[]) => Promise.allSettled(promises);

describe('group commit', () => {
  it('writes what is added in one turn in one statement, in order', async () => {
    const { writer, commits } = start();
    const added = ['a', 'b', 'c'].map((item) => commits.add(item));
    await writer.answer();
    expect(await Promise.all(added)).toEqual(['a!', 'b!', 'c!']);
    expect(writer.batches).toEqual([['a', 'b', 'c']]);
  });

  it('has one statement under way, and then all that came meanwhile', async () => {
    const { writer, commits } = start();
    const first = commits.add('a');
    await writer.arrival();
    const others = ['b', 'c'].map((item) => commits.add(item));
    expect(writer.batches).toEqual([['a']]);
    await writer.answer();
    await first;
    await writer.answer();
    await Promise.all(others);
    expect(writer.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('splits what is more than one statement takes', async () => {
    const { writer, commits } = start({ maxBatch: 2 });
    const added = ['a', 'b', 'c', 'd', 'e'].map((item) => commits.add(item));
    for (let n = 0; n < 3; n++) await writer.answer();
    await Promise.all(added);
    expect(writer.batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('keeps two items of one key apart, and in order', async () => {
    const { writer, commits } = start({
      keyOf: (item) => (item === 'free' ? null : (item[0] ?? '')),
    });
    const added = ['a1', 'b1', 'a2', 'free', 'free', 'a3'].map((item) => commits.add(item));
    for (let n = 0; n < 3; n++) await writer.answer();
    await Promise.all(added);
    expect(writer.batches).toEqual([['a1', 'b1', 'free', 'free'], ['a2'], ['a3']]);
  });

  it('lets a bad item fail alone', async () => {
    const { writer, commits } = start();
    const added = settled(['a', 'bad', 'c'].map((item) => commits.add(item)));
    await writer.answer(new Poison());
    await writer.answer();
    await writer.answer(new Poison());
    await writer.answer();
    expect((await added).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(writer.batches).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  it('fails the whole batch, once, when the database is away', async () => {
    const { writer, commits } = start();
    const outage = new Error('away');
    const added = settled(['a', 'b'].map((item) => commits.add(item)));
    await writer.answer(outage);
    for (const result of await added)
      expect(result).toEqual({ status: 'rejected', reason: outage });
    expect(writer.batches).toEqual([['a', 'b']]);
    const next = commits.add('c');
    await writer.answer();
    expect(await next).toBe('c!');
  });

  it('refuses with UNAVAILABLE what is more than it may keep waiting, and only that', async () => {
    const { writer, commits } = start({ maxWaiting: 2 });
    const flying = commits.add('a');
    await writer.arrival();
    const waiting = [commits.add('b'), commits.add('c')];
    await expect(commits.add('d')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await writer.answer();
    await writer.answer();
    expect(await Promise.all([flying, ...waiting])).toEqual(['a!', 'b!', 'c!']);
    const later = commits.add('e');
    await writer.answer();
    expect(await later).toBe('e!');
  });

  it('tells of each batch after it was written, before the next one is', async () => {
    const told: string[] = [];
    const { writer, commits } = start({ onWritten: (results) => told.push(...results) });
    const first = commits.add('a');
    await writer.arrival();
    const second = commits.add('b');
    expect(told).toEqual([]);
    await writer.answer();
    await first;
    await writer.arrival();
    expect(told).toEqual(['a!']);
    await writer.answer();
    await second;
    expect(told).toEqual(['a!', 'b!']);
  });

  it('tells nothing of what failed', async () => {
    const told: string[] = [];
    const { writer, commits } = start({ onWritten: (results) => told.push(...results) });
    const added = settled([commits.add('a')]);
    await writer.answer(new Error('away'));
    await added;
    expect(told).toEqual([]);
  });

  it('is drained when everything is answered, failures included', async () => {
    const { writer, commits } = start({ maxBatch: 1 });
    const added = settled(['a', 'b', 'c'].map((item) => commits.add(item)));
    let isDrained = false;
    const drained = commits.drain().then(() => (isDrained = true));
    await writer.answer();
    await writer.answer(new Error('away'));
    await writer.arrival();
    expect(isDrained).toBe(false);
    await writer.answer();
    await drained;
    expect((await added).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('is drained at once when there is nothing', async () => {
    await expect(start().commits.drain()).resolves.toBeUndefined();
  });
});
