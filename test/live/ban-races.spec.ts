import { afterAll, beforeAll, expect, it } from 'vitest';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { turns } from '../persistence/support/race.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import { CHAT, everywhere, LIVE, speaking } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { listenTo, PLACES, sanction, sceneIn, settle, tryToJoin } from './support/sanctioning.js';

const ROUNDS = 20;

const { seed, random } = seededRandom();

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

it('who is banned hears all that came before it and nothing after it, in many random orders', async () => {
  for (const round of range(1, ROUNDS)) {
    const scene = await sceneIn(app, PLACES[round % 2] ?? 'live room');
    const { id, admin, writers, target, targets } = scene;
    await settle([...targets, admin]);
    const start = admin.log.length;
    const when = integerIn(random, 0, 29);
    for (const n of range(0, 29)) {
      await turns(random, 30);
      const ban = { action: 'ban', target_user_id: target.id, duration_minutes: 0 };
      if (n === when) admin.emit('moderation_action', ban);
      writers[integerIn(random, 0, writers.length - 1)]?.shout(id, `round ${round}, ${n}`);
    }
    await admin.hears('other', ({ event }) => event === 'moderation_action');
    await settle([...writers, admin, ...targets]);
    // All sockets are written to in one order: what the moderator hears after the ban came after it.
    const at = admin.log.findIndex(({ event }) => event === 'moderation_action');
    const messagesIn = (log: typeof admin.log) =>
      log.flatMap(({ kind, id: message }) => (kind === 'message' ? [message] : []));
    const before = messagesIn(admin.log.slice(start, at));
    const after = new Set(messagesIn(admin.log.slice(at)));
    for (const { dialect, log } of targets) {
      const heard = messagesIn(log);
      const leaked = heard.filter((message) => after.has(message));
      const missed = before.filter((message) => !heard.includes(message));
      const fine = { seed, round, dialect, leaked: [], missed: [] };
      expect({ seed, round, dialect, leaked, missed }).toEqual(fine);
    }
    for (const speaker of [admin, ...writers, ...targets]) speaker.close();
  }
}, 120_000);

it('a join does not outrun a ban, in any dialect', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const admin = await LIVE.connect(app, someone('admin', ['admin']));
  const writer = await CHAT.connect(app, alice);
  const speakers = await everywhere(app, bob, 'lobby');
  for (const round of range(1, ROUNDS)) {
    // He takes no part yet: joining makes him a participant.
    const id = await app.conversation([alice], { type: 'public' });
    await admin.join(id);
    await writer.join(id);
    const joins = speakers.map(async (speaker) => {
      await turns(random, 60);
      return tryToJoin(speaker, id);
    });
    await turns(random, 60);
    await sanction(admin, 'ban', bob);
    await Promise.all(joins);
    const heard = await listenTo(speakers);
    const { id: said } = await writer.say(id, 'not for bob');
    await admin.hearsMessage(said);
    expect({ seed, round, heard: await heard() }).toEqual({ seed, round, heard: [] });
  }
}, 120_000);

it('who was let in right before a ban is not made to read along after it', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice], { type: 'public' });
  const admin = await LIVE.connect(app, someone('admin', ['admin']));
  const writer = await CHAT.connect(app, alice);
  for (const speaker of [admin, writer]) await speaker.join(id);
  const speakers = await everywhere(app, bob, 'lobby');
  const store = app.get(ParticipantStore);
  const find = store.find.bind(store);
  let ban: Promise<unknown> | undefined;
  const banned = () => (ban ??= sanction(admin, 'ban', bob));
  // Where that takes a moment, the ban comes before anybody has heard of the new participant.
  store.find = async (...place) => {
    const participant = await find(...place);
    await banned();
    return participant;
  };
  await tryToJoin(speaking('chat', speakers), id);
  store.find = find;
  await banned();
  const heard = await listenTo(speakers);
  await admin.hearsMessage((await writer.say(id, 'not for bob')).id);
  expect(await heard()).toEqual([]);
});
