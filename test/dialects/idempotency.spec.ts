import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { Speaker } from '../support/speaker.js';
import { DIALECTS, PAIRS, type Dialect } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  // The lobby comes to be with the first who speaks root.
  await app.root(someone('first'));
});
afterAll(() => app.stop());

const everywhere = async (user: TestUser, place: number | string): Promise<Speaker[]> => {
  const speakers: Speaker[] = [];
  for (const dialect of DIALECTS) {
    const speaker = await dialect.connect(app, user);
    await speaker.join(place);
    speakers.push(speaker);
  }
  return speakers;
};

/** What everyone was told of the messages with that text. */
const toldOf = async (readers: readonly Speaker[], text: string): Promise<number[][]> => {
  for (const reader of readers) await reader.settled();
  return readers.map(({ messages }) =>
    messages.filter((message) => message.text === text).map(({ id }) => id),
  );
};

/** Alice in two dialects, bob reading in all of them. */
async function scene(from: Dialect, to: Dialect, place: number | string) {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = place === 'lobby' ? place : await app.conversation([alice, bob]);
  const readers = await everywhere(bob, id);
  const [a, again] = [await from.connect(app, alice), await to.connect(app, alice)];
  for (const speaker of [a, again]) await speaker.join(id);
  return { id, bob, readers, a, again, words: { text: `once: ${alice.id}`, clientId: 'same' } };
}

describe.each(PAIRS)('the same client id sent in %s and again in %s', (...[, , from, to]) => {
  it('is one message, told once', async () => {
    const { readers, a, again, words } = await scene(from, to, 'lobby');
    const first = await a.say('lobby', words);
    const second = await again.say('lobby', words);
    expect(second.id).toBe(first.id);
    await again.settled();
    // Whoever is answered with an ack is told that it is the first one.
    if (second.isDuplicate !== null) expect(second.isDuplicate).toBe(true);
    expect(again.log.filter(({ event }) => event === 'error')).toEqual([]);
    const next = await a.say('lobby', 'after it');
    for (const reader of readers) await reader.hearsMessage(next.id);
    for (const told of await toldOf(readers, words.text)) expect(told).toEqual([first.id]);
  });

  it('is one message, however its place is named', async () => {
    const { id, readers, a, again, words } = await scene(from, to, 'elsewhere');
    const first = await a.say(id, words);
    expect((await again.say(id, words)).id).toBe(first.id);
    const next = await a.say(id, 'after it');
    for (const reader of readers) await reader.hearsMessage(next.id);
    for (const told of await toldOf(readers, words.text)) expect(told).toEqual([first.id]);
  });

  it('by another user is another message', async () => {
    const { id, bob, a, words } = await scene(from, to, 'elsewhere');
    const { id: first } = await a.say(id, words);
    const other = await to.connect(app, bob);
    await other.join(id);
    const { id: second } = await other.say(id, { text: 'mine', clientId: 'same' });
    expect(second).not.toBe(first);
  });
});

it('sent at once in all dialects, it is one message, whoever comes first', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const [writers, readers] = [await everywhere(alice, 'lobby'), await everywhere(bob, 'lobby')];
  for (const round of range(1, 20)) {
    const words = { text: `round ${round} of ${alice.id}`, clientId: `same-${round}` };
    const said = await Promise.all(writers.map((writer) => writer.say('lobby', words)));
    expect(new Set(said.map((message) => message.id)).size).toBe(1);
    const [first] = said;
    for (const reader of readers) await reader.hearsMessage(first?.id ?? 0);
    for (const told of await toldOf(readers, words.text)) expect(told).toEqual([first?.id]);
  }
});
