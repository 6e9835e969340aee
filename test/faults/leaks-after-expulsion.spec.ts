import { afterAll, beforeAll, expect, it } from 'vitest';
import { Registry } from '../../src/realtime/registry.js';
import { tryToJoin } from '../live/support/sanctioning.js';
import { turns } from '../persistence/support/race.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { within } from '../support/patience.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import type { Heard, Speaker } from '../support/speaker.js';
import {
  announcedAfter,
  closesConnections,
  companyIn,
  expel,
  heardIn,
  roundIn,
  WAYS,
  type Company,
  type Round,
  type Way,
} from './support/expulsions.js';

const INTERLEAVINGS = 200;
/** Played at once, over the same sockets of the writers. */
const BATCH = 20;
const MESSAGES = 10;
const TURNS = 25;
const AFTERWARDS = 'said after the answer';

const { seed, random } = seededRandom();

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

interface Played extends Round {
  readonly leaked: readonly unknown[];
  /** Heard by the victim: shows that there was something to leak. */
  readonly heard: number;
}

/** Resolves when the service has hung up on the victim. */
const hungUpOn = ({ victim }: Round): Promise<void> =>
  within(
    'the end of all connections',
    (async () => {
      while ([...app.get(Registry).connectionsOf(String(victim.id))].length > 0)
        await turns(random);
    })(),
  );

/** Writers go on speaking while the victim is put out at some moment of it. */
async function speakAndExpel(company: Company, round: Round, way: Way): Promise<void> {
  const when = integerIn(random, 0, MESSAGES - 1);
  let state: 'before' | typeof AFTERWARDS = 'before';
  let expulsion: Promise<void> | undefined;
  for (const n of range(0, MESSAGES - 1)) {
    await turns(random, 30);
    const writer = round.writers[integerIn(random, 0, round.writers.length - 1)];
    writer?.shout(round.id, `${round.id}: ${state} ${n}`);
    if (n !== when) continue;
    expulsion = expel(company, round, way).then(({ status }) => {
      expect([way, status]).toEqual([way, way === 'removal' ? 204 : 201]);
      state = AFTERWARDS;
    });
  }
  await expulsion;
}

const settle = (speakers: readonly Speaker[]) =>
  Promise.all(speakers.map((speaker) => speaker.settled()));

async function play(company: Company, way: Way): Promise<Played> {
  const round = await roundIn(company);
  const { id, readers } = round;
  const [chat] = round.writers;
  await speakAndExpel(company, round, way);
  // A round trip has passed all that was on its way.
  await (closesConnections(way) ? hungUpOn(round) : settle(readers));
  const before = readers.map(({ log }) => log.length);
  await chat?.type(id, true);
  const marker = await chat?.say(id, `${id}: ${AFTERWARDS}, the marker`);
  await chat?.react(id, marker?.id ?? 0, '👍');
  for (const witness of company.witnesses) await witness.hearsMessage(marker?.id ?? 0);
  if (!closesConnections(way)) await settle(readers);
  const late = announcedAfter(company, round);
  const leaked = readers.flatMap(({ log, messages, dialect }, n) => [
    ...log
      .slice(before[n])
      .filter(isOfThisPlace)
      .map(({ wire }) => ({ dialect, wire })),
    ...messages.filter(({ text }) => text.includes(AFTERWARDS)),
    ...messages.filter((message) => late.has(message.id)),
  ]);
  const heard = Math.max(...readers.map(({ messages }) => messages.length));
  for (const reader of readers) reader.close();
  return { ...round, leaked, heard };
}

/** In the lobby, which everybody reads who speaks `root`, the other victims come and go. */
const isOfThisPlace = ({ kind, wire }: Heard): boolean =>
  kind !== 'presence' || !('isOnline' in wire);

/** The others lose nothing, and hear it in the order of the log. */
async function expectAllInOrder({ witnesses }: Company, { id }: Round): Promise<void> {
  const rows = await app.database.query(
    'SELECT id FROM messages WHERE conversation_id = $1 ORDER BY seq',
    [id],
  );
  const stored = rows.map((row) => Number(row.id));
  expect(stored).toHaveLength(MESSAGES + 1);
  for (const witness of witnesses) {
    const { dialect } = witness;
    const heard = heardIn(witness, id).map((message) => message.id);
    expect({ seed, dialect, heard }).toEqual({ seed, dialect, heard: stored });
  }
}

it('who is put out hears nothing more of the conversation once that is answered, in any dialect', async () => {
  const leaked: unknown[] = [];
  let heard = 0;
  for (let played = 0; played < INTERLEAVINGS; played += BATCH) {
    const company = await companyIn(app);
    const batch = range(played, played + BATCH - 1).map((n) =>
      play(company, WAYS[n % WAYS.length] ?? 'ban'),
    );
    const results = await Promise.all(batch);
    const present = new Set([...results.flatMap(({ writers }) => writers), ...company.witnesses]);
    await settle([...present]);
    for (const result of results) {
      await expectAllInOrder(company, result);
      leaked.push(...result.leaked);
      heard += result.heard;
    }
    for (const speaker of present) speaker.close();
  }
  process.stdout.write(`${INTERLEAVINGS} interleavings: ${leaked.length} leaked\n`);
  expect({ seed, leaked }).toEqual({ seed, leaked: [] });
  expect(heard).toBeGreaterThan(INTERLEAVINGS);
}, 300_000);

it('who is banned and let in again in quick turns hears nothing after the last ban', async () => {
  const company = await companyIn(app);
  const round = await roundIn(company);
  const [chat] = round.writers;
  const rest = await app.as(company.moderator);
  for (const turn of range(1, TURNS)) {
    const banned = await expel(company, round, 'ban');
    const { id: sanction } = banned.body as { id: number };
    const lifted = rest.delete(`/moderation/sanctions/${sanction}`);
    const arrivals = round.readers.map(async (reader) => {
      await turns(random, 40);
      return tryToJoin(reader, round.id);
    });
    await lifted;
    await turns(random, 40);
    await expel(company, round, 'ban');
    const text = `${round.id}: ${AFTERWARDS}, ${turn}`;
    const said = await chat?.say(round.id, text);
    await Promise.all(arrivals);
    for (const witness of company.witnesses) await witness.hearsMessage(said?.id ?? 0);
    await settle(round.readers);
    const leaked = round.readers.filter((reader) => reader.messages.some((m) => m.text === text));
    expect({ seed, turn, leaked: leaked.map(({ dialect }) => dialect) }).toEqual({
      ...{ seed, turn, leaked: [] },
    });
  }
}, 120_000);
