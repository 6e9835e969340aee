import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { refusalsOf, sends, typing, inLive, wordedAs } from '../live/support/refusals.js';
import { commotion, listenTo, PLACES, sceneIn } from '../live/support/sanctioning.js';
import { startApp, type TestApp } from '../support/app.js';
import { refusalOf } from '../support/live-speaker.js';
import { FORBIDDEN } from '../support/live-shapes.js';
import { within } from '../support/patience.js';
import type { Speaker } from '../support/speaker.js';
import { CHAT, everywhere, ROOT, speaking } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { expectUnsaid } from './support/refusals.js';
import { moderate } from './support/moderating.js';

let app: TestApp;
let admin: TestUser;
beforeAll(async () => {
  app = await startApp();
  admin = someone('admin', ['admin']);
});
afterAll(() => app.stop());

const act = (action: string, target: TestUser, conversationId?: number, fields = {}) =>
  moderate(app, admin, { action, userId: target.id, conversationId, ...fields });

/** Speaks until that has come about: nobody is told when a ban has ended. */
const speakUntil = (writer: Speaker, id: number, isHeard: () => boolean): Promise<void> =>
  within(
    'being heard again',
    (async () => {
      while (!isHeard()) await writer.say(id, 'do you hear me?');
    })(),
  );

/** Comes again in every dialect, is heard, and hears. */
async function expectBack(id: number, targets: readonly Speaker[], writers: readonly Speaker[]) {
  const [witness] = writers;
  for (const speaker of targets) {
    await speaker.join(id);
    await witness?.hearsMessage((await speaker.say(id, 'I am back')).id);
  }
  const last = await commotion(id, writers);
  for (const speaker of targets) await speaker.hearsMessage(last);
}

/** Sockets that are not joined, and hear of the conversation all the same. */
async function idleSockets(target: TestUser) {
  const [chat, root] = [await CHAT.connect(app, target), await ROOT.connect(app, target)];
  const notified = () => chat.log.filter(({ event }) => event === 'notification').length;
  return { chat, root, notified };
}

describe.each(PLACES)('a kick in a %s', (place) => {
  it('ends reception in every dialect, and keeps nobody from coming back', async () => {
    const { id, writers, target, targets } = await sceneIn(app, place);
    const socket = await app.live(target, `room/${id}`);
    await act('kick', target, id);
    expect(await socket.closed()).toEqual(FORBIDDEN);
    const heard = await listenTo(targets);
    await commotion(id, writers);
    expect(await heard()).toEqual([]);
    await expectBack(id, targets, writers);
  });
});

it('who is kicked out of a private conversation has to be added again', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const targets = await everywhere(app, bob, id);
  await act('kick', bob, id);
  for (const speaker of targets.filter(({ dialect }) => dialect !== 'live')) {
    await speaker.settled();
    await expectUnsaid(speaker, id, 'PERMISSION_DENIED');
  }
  const live = speaking('live', targets);
  expect(await live.join(id).catch(refusalOf)).toBe(FORBIDDEN.code);
  await (await app.as(alice)).put(`/conversations/${id}/participants/${bob.id}`);
  const writers = await everywhere(app, alice, id);
  await expectBack(id, targets, writers);
});

it('a kick ends typing, also of somebody who takes no part', async () => {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const reader = await app.live(alice, 'room/typists');
  const chat = await CHAT.connect(app, bob);
  await chat.join('typists');
  await chat.type('typists', true);
  await reader.next('typing_start');
  const { conversation } = (
    await app.database.query(`SELECT id AS conversation FROM conversations WHERE slug = 'typists'`)
  )[0] as { conversation: number };
  await act('kick', bob, conversation);
  await reader.settled();
  expect(reader.received('typing_stop')).toHaveLength(1);
});

describe.each(PLACES)('a ban in a %s that is lifted', (place) => {
  it('lets its target come back in every dialect', async () => {
    const { id, writers, target, targets } = await sceneIn(app, place);
    await act('ban', target, id);
    await act('unban', target, id);
    await expectBack(id, targets, writers);
  });
});

describe('sockets that stayed open', () => {
  it('hear again when a ban is lifted', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const writer = await CHAT.connect(app, alice);
    const { root, notified } = await idleSockets(bob);
    await act('ban', bob, id);
    const before = notified();
    await act('unban', bob, id);
    await speakUntil(writer, id, () => root.messages.length > 0 && notified() > before + 1);
  });

  it('hear again when a ban comes to its end, those too that were opened meanwhile', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const writer = await CHAT.connect(app, alice);
    const sockets = [await idleSockets(bob)];
    // A minute is the least there is: the row is shorter before the service has read it.
    await app.database.query(`
      CREATE FUNCTION shorten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.expires_at := clock_timestamp() + interval '3 seconds'; RETURN NEW; END $$`);
    await app.database.query(`
      CREATE TRIGGER shorten BEFORE INSERT ON sanctions FOR EACH ROW EXECUTE FUNCTION shorten()`);
    await act('ban', bob, id, { durationMinutes: 1 });
    await app.database.query('DROP FUNCTION shorten CASCADE');
    sockets.push(await idleSockets(bob));
    const hearing = () =>
      sockets.every(({ root, notified }) => root.messages.length > 0 && notified() > 1);
    expect(hearing()).toBe(false);
    await speakUntil(writer, id, hearing);
  });

  it('are not brought back by what was read before the next ban', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const writer = await CHAT.connect(app, alice);
    const { chat, root } = await idleSockets(bob);
    await act('ban', bob, id);
    const store = app.get(ParticipantStore);
    const read = store.conversationsOf.bind(store);
    const overtaken = new Promise<void>((resolve) => {
      store.conversationsOf = async (userId) => {
        // The moderator's connections are opened meanwhile.
        if (userId !== String(bob.id)) return read(userId);
        store.conversationsOf = read;
        const conversations = await read(userId);
        await act('ban', bob, id);
        setImmediate(resolve);
        return conversations;
      };
    });
    await act('unban', bob, id);
    await overtaken;
    const heard = await listenTo([chat, root]);
    await writer.say(id, 'not for bob');
    expect(await heard()).toEqual([]);
  });
});

describe('everywhere', () => {
  it('a mute is heeded in every dialect, until it is lifted', async () => {
    const scene = await sceneIn(app, 'public conversation');
    const { id, target, targets, writers } = scene;
    await act('mute', target);
    const refusals = await refusalsOf(await sends(app, scene), typing(scene), inLive(scene));
    expect(refusals).toEqual(wordedAs(refusals, 'MUTED', undefined));
    const last = await commotion(id, writers);
    for (const speaker of targets) await speaker.hearsMessage(last);
    await act('unmute', target);
    await expectBack(id, targets, writers);
  });
});
