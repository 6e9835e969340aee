import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { Speaker } from '../support/speaker.js';
import { refusalOf } from '../support/live-speaker.js';
import { FORBIDDEN, NOT_FOUND } from '../support/live-shapes.js';
import { DIALECTS, everywhere, LIVE, named, speaking, type Dialect } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { expectUnsaid } from './support/refusals.js';

// On two nodes each round takes longer, and the races are the same.
const ROUNDS = process.env.TEST_NODES ? 3 : 8;
/** Said by each at once. */
const FLOOD = 32;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Alice, who owns the conversation, bob, and carol, each in every dialect. */
async function scene() {
  const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
  const id = await app.conversation([alice, bob, carol]);
  return {
    ...{ id, alice, bob },
    writers: await everywhere(app, alice, id),
    removed: await everywhere(app, bob, id),
    witnesses: await everywhere(app, carol, id),
    rest: await app.as(alice),
  };
}

/** What each hears from now on; a round trip has passed all that was sent before. */
async function silenceOf(speakers: readonly Speaker[]) {
  await Promise.all(speakers.map((speaker) => speaker.settled()));
  const before = speakers.map(({ log }) => log.length);
  return async () => {
    await Promise.all(speakers.map((speaker) => speaker.settled()));
    return speakers.flatMap(({ log }, n) => log.slice(before[n]));
  };
}

/** Comes in that dialect: live to the room, or to be turned away from it with that code. */
async function arrival(dialect: Dialect, user: TestUser, id: number, code: number) {
  const speaker = await dialect.connect(app, user);
  const turnedAway = dialect === LIVE ? await speaker.join(id).then(() => null, refusalOf) : null;
  if (turnedAway !== null) expect(turnedAway).toBe(code);
  return speaker;
}

/** Everything that can happen in a conversation, in every dialect. */
async function commotion(id: number, writers: readonly Speaker[]): Promise<number> {
  let last = 0;
  for (const [n, writer] of writers.entries()) {
    const { says } = DIALECTS[n] ?? { says: new Set<string>() };
    if (says.has('typing')) await writer.type(id, true);
    ({ id: last } = await writer.say(id, 'not for bob, nor @bob'));
    if (says.has('reaction')) await writer.react(id, last, '👍');
  }
  return last;
}

describe('a participant who is removed', () => {
  it('hears nothing more in any dialect, once the removal is answered', async () => {
    const { id, bob, writers, removed, witnesses, rest } = await scene();
    const flood = writers.flatMap((writer) =>
      range(1, FLOOD).map((n) => writer.say(id, `no. ${n}`)),
    );
    await Promise.all(removed.map((speaker) => speaker.hears('message')));
    const removal = await rest.delete(`/conversations/${id}/participants/${bob.id}`);
    expect(removal.status).toBe(204);
    const heard = await silenceOf(removed);
    await Promise.all(flood);
    const last = await commotion(id, writers);
    await rest.patch(`/conversations/${id}`, { title: 'without bob' });
    for (const witness of witnesses) {
      await witness.hearsMessage(last);
      await witness.settled();
      expect(witness.messages).toHaveLength(writers.length * (FLOOD + 1));
    }
    expect(await heard()).toEqual([]);
  });

  it('hears nothing of what is said right after, again and again', async () => {
    for (const _ of range(1, ROUNDS)) {
      const { id, bob, writers, removed, rest } = await scene();
      await rest.delete(`/conversations/${id}/participants/${bob.id}`);
      await Promise.all(writers.map((writer) => writer.say(id, 'not for bob')));
      for (const speaker of removed) {
        await speaker.settled();
        expect(speaker.messages).toEqual([]);
        speaker.close();
      }
      for (const writer of writers) writer.close();
    }
  });

  it.each(named(DIALECTS))('while connecting in %s, too', async (_, dialect) => {
    for (const round of range(1, ROUNDS)) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const [chat, rest] = [await app.connect(alice), await app.as(alice)];
      const arriving = arrival(dialect, bob, id, FORBIDDEN.code);
      for (let turn = 0; turn < round; turn++) await new Promise(setImmediate);
      const removal = await rest.delete(`/conversations/${id}/participants/${bob.id}`);
      expect(removal.status).toBe(204);
      await chat.send(id, 'not for bob');
      const speaker = await arriving;
      await chat.send(id, 'nor this');
      await speaker.settled();
      expect(speaker.messages).toEqual([]);
      speaker.close();
      chat.close();
    }
  });

  it('is hung up on in live, and not let in again', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const reader = await app.live(bob, `room/${id}`);
    await (await app.as(alice)).delete(`/conversations/${id}/participants/${bob.id}`);
    expect(await reader.closed()).toEqual(FORBIDDEN);
    const next = await LIVE.connect(app, bob);
    expect(await next.join(id).catch(refusalOf)).toBe(FORBIDDEN.code);
  });

  it('hears everything again where there is nothing to join, once it is added again', async () => {
    const { id, bob, writers, removed, rest } = await scene();
    const path = `/conversations/${id}/participants/${bob.id}`;
    await rest.delete(path);
    await writers[0]?.say(id, 'not for bob');
    await rest.put(path);
    const said = await writers[0]?.say(id, 'welcome back');
    const root = speaking('root', removed);
    await root.hearsMessage(said?.id ?? 0);
    expect(root.messages.map(({ text }) => text)).toEqual(['welcome back']);
    for (const speaker of removed.filter((one) => one !== root)) {
      await speaker.settled();
      expect(speaker.messages).toEqual([]);
      await speaker.join(id);
    }
    const next = await writers[1]?.say(id, 'all of you');
    for (const speaker of removed) await speaker.hearsMessage(next?.id ?? 0);
  });
});

describe('a conversation that is deleted', () => {
  it('says nothing more in any dialect, once the deletion is answered', async () => {
    const { id, writers, removed, witnesses, rest } = await scene();
    for (const n of range(1, FLOOD)) for (const writer of writers) writer.shout(id, `no. ${n}`);
    await Promise.all(removed.map((speaker) => speaker.hears('message')));
    expect((await rest.delete(`/conversations/${id}`)).status).toBe(204);
    const heard = await silenceOf([...removed, ...witnesses]);
    // Those of the flood that came too late were refused by then.
    for (const writer of writers) await writer.settled();
    expect(await heard()).toEqual([]);
    const stats = await (await app.as(someone('root', ['admin']))).get('/monitoring/chat/stats');
    expect(Object.keys((stats.body as { rooms: object }).rooms)).not.toContain(String(id));
  });

  it('keeps nobody who was arriving meanwhile', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const rest = await app.as(alice);
    const store = app.get(ParticipantStore);
    const read = store.conversationsOf.bind(store);
    for (const dialect of DIALECTS) {
      const id = await app.conversation([alice, bob]);
      // Deleted while what has been read is on its way.
      store.conversationsOf = async (userId) => {
        store.conversationsOf = read;
        const conversations = await read(userId);
        expect((await rest.delete(`/conversations/${id}`)).status).toBe(204);
        return conversations;
      };
      await arrival(dialect, bob, id, NOT_FOUND.code);
      expect(app.get(Registry).room(id)).toBeUndefined();
    }
  });

  it('refuses what is said to it in each dialect’s own way', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const speakers = await everywhere(app, alice, id);
    const live = await app.live(alice, `room/${id}`);
    await (await app.as(alice)).delete(`/conversations/${id}`);
    for (const speaker of speakers.filter(({ dialect }) => dialect !== 'live')) {
      await expectUnsaid(speaker, id, 'CONVERSATION_NOT_FOUND');
    }
    // A connection ends with its room.
    expect(await live.closed()).toEqual(NOT_FOUND);
    expect(await speaking('live', speakers).join(id).catch(refusalOf)).toBe(NOT_FOUND.code);
  });
});
