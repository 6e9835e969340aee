import { expect, it } from 'vitest';
import { SharedReads } from '../../src/presence/shared-reads.js';

/** Reads that wait until the test answers them, each with how many had begun before it. */
function reads() {
  const answers: (() => void)[] = [];
  let begun = 0;
  const shared = new SharedReads((key: string) => {
    const number = begun++;
    return new Promise<string>((resolve) => answers.push(() => resolve(`${key}${number}`)));
  });
  const answer = async () => {
    answers.shift()?.();
    await new Promise(setImmediate);
  };
  return { shared, answer, begun: () => begun };
}

it('who asks while a read is under way shares the next one, which begins after it', async () => {
  const { shared, answer, begun } = reads();
  const first = shared.of('a');
  const later = [shared.of('a'), shared.of('a'), shared.of('a')];
  expect(begun()).toBe(1);
  await answer();
  expect(begun()).toBe(2);
  await answer();
  expect([await first, ...(await Promise.all(later))]).toEqual(['a0', 'a1', 'a1', 'a1']);
  const anew = shared.of('a');
  await answer();
  expect(await anew).toBe('a2');
});

it('reads of different keys do not wait for each other', () => {
  const { shared, begun } = reads();
  void shared.of('a');
  void shared.of('b');
  expect(begun()).toBe(2);
});

it('a read that fails fails those who asked for it, and not the next', async () => {
  let count = 0;
  const shared = new SharedReads(() =>
    count++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve('there'),
  );
  const first = shared.of('a');
  const next = shared.of('a');
  await expect(first).rejects.toThrow('away');
  expect(await next).toBe('there');
});
