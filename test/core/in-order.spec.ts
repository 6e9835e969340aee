import { expect, it } from 'vitest';
import { InOrder } from '../../src/core/in-order.js';

/** Answers that the test gives when it likes. */
function pending() {
  let give = (_: string): void => undefined;
  let fail = (_: Error): void => undefined;
  const answer = new Promise<string>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { answer, give, fail };
}

/** A turn of the event loop: whatever is settled has been heard by then. */
const turn = () => new Promise(setImmediate);

it('what was begun later is handed on later, whatever became of what was begun before', async () => {
  const order = new InOrder();
  const [one, two, three, four] = [pending(), pending(), pending(), pending()];
  const heard: string[] = [];
  for (const { answer } of [one, two, three, four]) {
    order.after('a', answer).then(
      (text) => heard.push(text),
      (error: unknown) => heard.push(`failed: ${(error as Error).message}`),
    );
  }
  four.give('four');
  two.fail(new Error('two'));
  await turn();
  expect(heard).toEqual([]);
  one.give('one');
  await turn();
  expect(heard).toEqual(['one', 'failed: two']);
  three.give('three');
  await turn();
  expect(heard).toEqual(['one', 'failed: two', 'three', 'four']);
});

it('what has another key does not wait', async () => {
  const order = new InOrder();
  const never = pending();
  void order.after('a', never.answer);
  expect(await order.after('b', Promise.resolve('b'))).toBe('b');
});

it('what comes after everything is answered is handed on at once', async () => {
  const order = new InOrder();
  await order.after('a', Promise.resolve('one'));
  const answer = Promise.resolve('two');
  // Nothing is remembered that it could wait for.
  expect(order.after('a', answer)).toBe(answer);
});
