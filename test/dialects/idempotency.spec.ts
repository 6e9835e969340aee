import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { Speaker } from '../support/speaker.js';
import { PAIRS, speaking } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { gathered, type Company } from './support/company.js';

const users = [someone('alice'), someone('bob')] as const;
let app: TestApp;
let inLobby: Company;
let elsewhere: Company;

beforeAll(async () => {
  app = await startApp();
  // The lobby comes to be with the first who speaks root.
  await app.root(someone('first'));
  inLobby = await gathered(app, users, 'lobby');
  elsewhere = await gathered(app, users, await app.conversation(users));
});
afterAll(() => app.stop());

/** What everyone was told of the messages with that text. */
const toldOf = async (readers: readonly Speaker[], text: string): Promise<number[][]> => {
  for (const reader of readers) await reader.settled();
  return readers.map(({ messages }) =>
    messages.filter((message) => message.text === text).map(({ id }) => id),
  );
};

/** Expects everybody to have heard this one of that text, once, by the time of the next. */
async function expectOnce(
  { place, bobs }: Company,
  speaker: Speaker,
  { id, text }: { readonly id: number; readonly text: string },
): Promise<void> {
  const next = await speaker.say(place, 'after it');
  for (const reader of bobs) await reader.hearsMessage(next.id);
  for (const told of await toldOf(bobs, text)) expect(told).toEqual([id]);
}

describe.each(PAIRS)('the same client id sent in %s and again in %s', (from, to) => {
  const wordsIn = (where: string) => {
    const clientId = `${where}-${from}-${to}`;
    return { text: `once: ${clientId}`, clientId };
  };

  it('is one message, told once', async () => {
    const a = speaking(from, inLobby.alices);
    const again = speaking(to, inLobby.others);
    const words = wordsIn('lobby');
    const first = await a.say('lobby', words);
    const second = await again.say('lobby', words);
    expect(second.id).toBe(first.id);
    await again.settled();
    // Whoever is answered with an ack is told that it is the first one.
    if (second.isDuplicate !== null) expect(second.isDuplicate).toBe(true);
    expect(again.log.filter(({ event }) => event === 'error')).toEqual([]);
    await expectOnce(inLobby, a, first);
  });

  it('is one message, however its place is named', async () => {
    const { place, alices, others } = elsewhere;
    const a = speaking(from, alices);
    const words = wordsIn('elsewhere');
    const first = await a.say(place, words);
    expect((await speaking(to, others).say(String(place), words)).id).toBe(first.id);
    await expectOnce(elsewhere, a, first);
  });

  it('by another user is another message', async () => {
    const { place, alices, bobs } = elsewhere;
    const { clientId } = wordsIn('another');
    const { id: first } = await speaking(from, alices).say(place, { text: 'mine', clientId });
    const other = speaking(to, bobs);
    // Else it may be taken for the answer: it has the same client id.
    await other.hearsMessage(first);
    const { id: second } = await other.say(place, { text: 'mine, too', clientId });
    expect(second).not.toBe(first);
  });
});

it('sent at once in all dialects, it is one message, whoever comes first', async () => {
  const { alices, bobs } = inLobby;
  for (const round of range(1, 20)) {
    const words = { text: `round ${round}`, clientId: `same-${round}` };
    const said = await Promise.all(alices.map((alice) => alice.say('lobby', words)));
    expect(new Set(said.map((message) => message.id)).size).toBe(1);
    const [first] = said;
    for (const reader of bobs) await reader.hearsMessage(first?.id ?? 0);
    for (const told of await toldOf(bobs, words.text)) expect(told).toEqual([first?.id]);
  }
});
