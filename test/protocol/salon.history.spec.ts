import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range, sendMany } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { contentsOf, gatherSalon, messagesOf } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

const TOTAL = 120;

let app: TestApp;
let room: string;
let id: number;
let client: FrameClient;

beforeAll(async () => {
  app = await startApp();
  const gathering = await gatherSalon(app, ['alice']);
  ({ id, slug: room } = gathering);
  [client] = gathering.clients;
  await sendMany(await app.connect(gathering.users[0]), id, TOTAL);
});
afterAll(() => app.stop());

const read = (fields: Record<string, unknown>) =>
  client.request('room_history', { room, ...fields }, 'message_history');
const named = (from: number, to: number) => range(from, to).map((n) => `message ${n}`);

describe('room_history', () => {
  it.each([
    ['nothing said: the newest 50', {}, 71, 120, true],
    ['a limit', { limit: 3 }, 118, 120, true],
    ['an offset, counted from the newest', { limit: 3, offset: 5 }, 113, 115, true],
    ['100, the most', { limit: 100 }, 21, 120, true],
    ['more than 100, which gets 100', { limit: 101 }, 21, 120, true],
    ['far more, which gets 100', { limit: 1e300 }, 21, 120, true],
    ['the last page, a full one', { limit: 20, offset: 100 }, 1, 20, false],
    ['the last page, a short one', { limit: 50, offset: 100 }, 1, 20, false],
    ['all but the first', { limit: 19, offset: 100 }, 2, 20, true],
    ['the first alone', { limit: 50, offset: 119 }, 1, 1, false],
    ['nulls, as if nothing was said', { limit: null, offset: null }, 71, 120, true],
  ])('with %s', async (_, fields, from, to, hasMore) => {
    const history = await read(fields);
    expect(contentsOf(messagesOf(history))).toEqual(named(from, to));
    expect(history).toMatchObject({ room, total: TOTAL, has_more: hasMore });
  });

  it('is empty beyond the first message', async () => {
    for (const offset of [TOTAL, TOTAL + 1, Number.MAX_SAFE_INTEGER]) {
      const page = { room, messages: [], total: TOTAL, has_more: false };
      expect(await read({ offset })).toStrictEqual(page);
    }
  });

  it('is empty where nothing was said', async () => {
    const { slug, clients } = await gatherSalon(app, ['alice']);
    const history = await clients[0].request('room_history', { room: slug }, 'message_history');
    expect(history).toStrictEqual({ room: slug, messages: [], total: 0, has_more: false });
  });

  it('read page by page, from the newest back, brings every message once', async () => {
    const pages: unknown[][] = [];
    for (let offset = 0, hasMore = true; hasMore; offset += 50) {
      const history = await read({ limit: 50, offset });
      pages.unshift(contentsOf(messagesOf(history)));
      hasMore = history.has_more as boolean;
    }
    expect(pages.flat()).toEqual(named(1, TOTAL));
  });

  it('is read without joining by a participant, and by a moderator', async () => {
    const moderator = await app.salon(someone('moderator', ['moderator']));
    const history = await moderator.request('room_history', { room: id }, 'message_history');
    expect(history).toMatchObject({ room: id, total: TOTAL });
  });

  it('counts deleted messages, which keep their place', async () => {
    const { id: other, slug, users, clients } = await gatherSalon(app, ['alice']);
    const chat = await app.connect(users[0]);
    const { message } = await chat.send(other, 'gone');
    await chat.send(other, 'here');
    await chat.expect('message:delete', { messageId: (message as { id: number }).id });
    const history = await clients[0].request('room_history', { room: slug }, 'message_history');
    expect(contentsOf(messagesOf(history))).toEqual(['', 'here']);
    expect(history).toMatchObject({ total: 2 });
  });
});

describe('dm_history', () => {
  it('is paged as the history of a room', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.salon(alice), await app.salon(bob)];
    for (const n of range(1, 5)) {
      a.send('direct_message', { to_user_id: bob.id, content: String(n) });
    }
    await b.next('direct_message', ({ content }) => content === '5');
    const range3 = { with_user: alice.id, limit: 3, offset: 1 };
    const history = await b.request('dm_history', range3, 'message_history');
    expect(contentsOf(messagesOf(history))).toEqual(['2', '3', '4']);
    expect(history).toMatchObject({ with_user: alice.id, total: 5, has_more: true });
  });

  it('is empty with a user one never wrote to, and says the id as it says all ids', async () => {
    const bob = someone('bob');
    await app.salon(bob);
    for (const withUser of [bob.id, String(bob.id)]) {
      const history = await client.request(
        'dm_history',
        { with_user: withUser },
        'message_history',
      );
      const empty = { with_user: bob.id, messages: [], total: 0, has_more: false };
      expect(history).toStrictEqual(empty);
    }
  });

  it('with a user is one’s own, whatever they wrote to others', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a] = [await app.salon(alice), await app.salon(bob)];
    await a.request('direct_message', { to_user_id: bob.id, content: 'secret' }, 'direct_message');
    const carol = await app.salon(someone('carol'));
    for (const user of [alice, bob]) {
      const history = await carol.request('dm_history', { with_user: user.id }, 'message_history');
      expect(history).toMatchObject({ messages: [], total: 0 });
    }
  });
});
