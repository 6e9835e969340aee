import { afterAll, beforeAll, expect, it } from 'vitest';
import { turns } from '../persistence/support/race.js';
import { settle } from '../live/support/sanctioning.js';
import { startApp, type TestApp } from '../support/app.js';
import { block } from '../support/blocking.js';
import { range } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import type { Speaker } from '../support/speaker.js';
import { DIALECTS } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';

const ROUNDS = 15;
const SENDS = 24;

const { seed, random } = seededRandom();
const opening = DIALECTS.filter(({ says }) => says.has('first direct message'));

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const saidBy = async ({ id }: TestUser): Promise<number> => {
  const [row] = await app.database.query(
    `SELECT count(*)::integer AS n FROM messages WHERE sender_id = '${id}'`,
  );
  return Number(row?.n);
};

it.each([
  ['which is there', true],
  ['which the first of them opens', false],
])(
  'once a block is answered, nothing more is committed to a direct conversation %s',
  async (_, isThere) => {
    for (const round of range(1, ROUNDS)) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const speakers: Speaker[] = [];
      for (const dialect of opening) speakers.push(await dialect.connect(app, bob));
      await (await app.as(alice)).get('/users/me');
      if (isThere) await app.conversation([bob, alice], { type: 'direct' });
      const when = integerIn(random, 0, SENDS - 1);
      let answered: Promise<number> | undefined;
      for (const n of range(0, SENDS - 1)) {
        await turns(random, 40);
        if (n === when) answered = block(app, alice, bob).then(() => saidBy(bob));
        const speaker = speakers[integerIn(random, 0, speakers.length - 1)];
        speaker?.shout({ with: alice }, `round ${round}, ${n}`);
      }
      const before = await answered;
      for (const speaker of speakers) speaker.shout({ with: alice }, 'too late');
      await settle(speakers);
      expect({ seed, round, said: await saidBy(bob) }).toEqual({ seed, round, said: before });
      for (const speaker of speakers) speaker.close();
    }
  },
  180_000,
);
