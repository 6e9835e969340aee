import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../src/core/model/identity.js';
import { ConversationStore } from '../../src/core/ports/conversation-store.js';
import { SanctionsService } from '../../src/core/sanctions.service.js';
import { Registry } from '../../src/realtime/registry.js';
import { startApp, type TestApp } from '../support/app.js';
import { ended, newSlug, roomIdOf, speak } from '../support/live-shapes.js';
import { CHAT, LIVE, ROOT, SALON, VEZA } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { remainsOf, untilGone } from './support/remains.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp({ LIVE_ROOM_GRACE_MS: '0' })));
afterAll(() => app.stop());

/** Resolves when a room that is left only now has ended: others that were left have, too. */
async function aRoomsEnd(within = app): Promise<void> {
  const client = await within.live(null, `room/${newSlug()}`);
  const end = ended(within, roomIdOf(client));
  client.close();
  await end;
}

const exists = async (room: number, within = app): Promise<boolean> =>
  (await remainsOf(within.database, [room])).conversations === 1;

describe('a live room', () => {
  it.each([CHAT, ROOT, VEZA, SALON, LIVE].map((dialect) => [dialect.name, dialect] as const))(
    'is kept while somebody is in it who speaks %s, and ends after that',
    async (_, dialect) => {
      const slug = newSlug();
      const opener = await app.live(null, `room/${slug}`);
      const room = roomIdOf(opener);
      const last = await dialect.connect(app, someone('last'));
      await last.join(slug);
      await last.say(slug, 'I stay');
      opener.close();
      await aRoomsEnd();
      const visitor = await app.live(null, `room/${slug}`);
      expect(roomIdOf(visitor)).toBe(room);
      visitor.close();
      await aRoomsEnd();
      await last.say(slug, 'I am still here');
      expect(await remainsOf(app.database, [room])).toMatchObject({ messages: 2, room_leases: 1 });
      last.close();
      await untilGone(app.database, [room]);
    },
  );

  it('ends where the last in it leaves, and stays connected', async () => {
    const slug = newSlug();
    const opener = await app.live(null, `room/${slug}`);
    const room = roomIdOf(opener);
    const chat = await app.connect(someone('alice'));
    const veza = await app.veza(someone('bob'));
    await chat.join(slug);
    await veza.request('join_room', { room_id: slug }, 'room_joined');
    opener.close();
    await chat.expect('conversation:leave', { conversationId: slug });
    await aRoomsEnd();
    expect(await exists(room)).toBe(true);
    await veza.request('leave_room', { room_id: slug }, 'room_left');
    await untilGone(app.database, [room]);
  });

  it('is not held by those who take part in it and are elsewhere', async () => {
    const [owner, member] = [someone('owner'), someone('member')];
    const slug = newSlug();
    const room = await app.conversation([owner, member], { type: 'live', slug });
    const elsewhere = [await app.connect(owner), await app.root(member), await app.veza(member)];
    const client = await app.live(member, `room/${slug}`);
    client.close();
    await untilGone(app.database, [room]);
    for (const one of elsewhere) await one.settled();
  });
});

it('a name that is looked up as its room ends names the next room of that name', async () => {
  const slug = newSlug();
  const before = await app.live(null, `room/${slug}`);
  const owner = someone('owner');
  const chat = await app.connect(owner);
  // What was known of names is forgotten.
  const other = await app.conversation([owner]);
  await (await app.as(owner)).patch(`/conversations/${other}`, { title: 'other' });
  const store = app.get(ConversationStore);
  const idOfSlug = store.idOfSlug.bind(store);
  let after = before;
  store.idOfSlug = async (name) => {
    store.idOfSlug = idOfSlug;
    const id = await idOfSlug(name);
    const end = ended(app, roomIdOf(before));
    before.close();
    await end;
    after = await app.live(null, `room/${slug}`);
    return id;
  };
  // Too late for the one, too early for the other.
  await chat.request('conversation:join', { conversationId: slug });
  const { conversation } = await chat.join(slug);
  expect(conversation).toMatchObject({ id: roomIdOf(after) });
});

describe('the last who is in a live room', () => {
  it('ends it by being removed', async () => {
    const [owner, member] = [someone('owner'), someone('member')];
    const room = await app.conversation([owner, member], { type: 'live' });
    const live = await app.live(member, `room/${room}`);
    const chat = await app.connect(member);
    await chat.join(room);
    await speak(live, 'the last word');
    await (await app.as(owner)).delete(`/conversations/${room}/participants/${member.id}`);
    expect(await live.closed()).toMatchObject({ code: 4003 });
    await untilGone(app.database, [room]);
  });

  it.each([LIVE, CHAT, ROOT, VEZA, SALON].map((dialect) => [dialect.name, dialect] as const))(
    'ends it by being banned: in %s',
    async (_, dialect) => {
      const admin: Identity = {
        ...{ userId: 'admin', username: 'admin', roles: new Set(['admin' as const]) },
        expiresAt: Infinity,
        issuedAt: 0,
        tokenId: null,
      };
      const user = someone('last');
      const opener = await app.live(null, `room/${newSlug()}`);
      const room = roomIdOf(opener);
      const last = await dialect.connect(app, user);
      await last.join(room);
      await last.say(room, 'the last word');
      opener.close();
      await aRoomsEnd();
      const ban = { conversationId: room, userId: String(user.id), durationMinutes: 0 } as const;
      await app.get(SanctionsService).apply(admin, { ...ban, kind: 'ban' });
      await untilGone(app.database, [room]);
    },
  );
});

it('somebody who comes back within the grace time keeps the room, and what was said in it', async () => {
  const patient = await startApp({ LIVE_ROOM_GRACE_MS: '1500' });
  const place = `room/${newSlug()}`;
  const first = await patient.live(null, place);
  const room = roomIdOf(first);
  const { id } = await speak(first, 'before');
  await speak(first, 'after it');
  first.close();
  await first.closed();
  expect(patient.get(Registry).countIn(room)).toBe(0);
  const again = patient.dialRaw(`/chat/ws/${place}?last_message_id=${String(id)}`);
  expect(await again.next('room_joined')).toMatchObject({ room_id: room });
  // Its grace time begins later than the other's did: that one is over by then.
  await aRoomsEnd(patient);
  expect(await again.next('chat_message')).toMatchObject({ message: 'after it' });
  await speak(again, 'I am still here');
  expect(await exists(room, patient)).toBe(true);
  again.close();
  await untilGone(patient.database, [room]);
  await patient.stop();
});
