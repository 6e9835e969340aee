import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { FrameClient } from '../support/frame-client.js';
import { anError, fieldsNamed, gatherSalon } from '../support/salon-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

const LIMIT = 50;

let app: TestApp;
let alice: TestUser;
let client: FrameClient;

beforeAll(async () => {
  app = await startApp({ MAX_MESSAGE_LENGTH: String(LIMIT) });
  alice = someone('alice');
  client = await app.salon(alice);
});
afterAll(() => app.stop());

const refusal = (type: string, data: unknown) => client.request(type, data, 'error');

describe('ROOM_NOT_FOUND says which', () => {
  const frames: [string, Record<string, unknown>][] = [
    ['join_room', {}],
    ['room_message', { content: 'hello?' }],
    ['room_message', { content: '👍', message_type: 'reaction', reply_to: 1 }],
    ['room_history', {}],
  ];

  it.each(frames)('%s %j', async (type, fields) => {
    for (const room of ['nonexistent_room', 2 ** 31 - 1, 'No Such Room!', '-1', '__proto__']) {
      const error = await refusal(type, { room, ...fields });
      expect(error).toStrictEqual(anError('ROOM_NOT_FOUND', { type, room }));
    }
  });
});

describe('USER_NOT_FOUND says who', () => {
  it.each([
    ['direct_message', 'to_user_id', { content: 'hello?' }],
    ['dm_history', 'with_user', {}],
  ])('%s', async (type, field, fields) => {
    for (const user of [987_654_321, 'nobody']) {
      const error = await refusal(type, { [field]: user, ...fields });
      expect(error).toStrictEqual(anError('USER_NOT_FOUND', { type, user_id: user }));
    }
  });
});

describe('PERMISSION_DENIED', () => {
  it.each([
    ['join_room', {}],
    ['room_message', { content: 'let me in' }],
    ['room_message', { content: '👍', message_type: 'reaction', reply_to: 1 }],
    ['room_history', {}],
  ])('%s of a private room of others, by slug and by id', async (type, fields) => {
    const { id, slug } = await gatherSalon(app, ['bob']);
    for (const room of [slug, id]) {
      const error = await refusal(type, { room, ...fields });
      expect(error).toStrictEqual(anError('PERMISSION_DENIED', { type, room }));
    }
  });

  it('a public room is written to by anyone, and read by those who entered it', async () => {
    const { slug: room } = await gatherSalon(app, ['bob'], { type: 'public' });
    const error = await refusal('room_history', { room });
    expect(error).toStrictEqual(anError('PERMISSION_DENIED', { type: 'room_history', room }));
  });

  it('a full room', async () => {
    const fields = { type: 'public', slug: 'full', maxParticipants: 1 };
    await app.conversation([someone('bob')], fields);
    for (const [type, data] of [
      ['join_room', { room: 'full' }],
      ['room_message', { room: 'full', content: 'x' }],
    ] as const) {
      const error = await refusal(type, data);
      expect(error).toStrictEqual(anError('PERMISSION_DENIED', { type, room: 'full' }));
    }
  });

  it('comes at once when one is removed, and nothing more is heard', async () => {
    const { id, slug: room, users, clients } = await gatherSalon(app, ['owner', 'carol']);
    const [owner, carol] = clients;
    await (await app.as(users[0])).delete(`/conversations/${id}/participants/${users[1].id}`);
    await owner.request('room_message', { room, content: 'among us' }, 'room_message');
    const error = await carol.request('room_message', { room, content: 'and I?' }, 'error');
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
    await carol.settled();
    expect(carol.received('room_message')).toEqual([]);
  });
});

describe('MESSAGE_TOO_LONG', () => {
  it('counts characters as people do, one emoji as one', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['bob', 'carol']);
    const [bob] = clients;
    for (const character of ['x', 'é', '😀']) {
      const content = character.repeat(LIMIT);
      expect(await bob.request('room_message', { room, content }, 'room_message')).toMatchObject({
        content,
      });
      const longer = { room, content: content + character };
      const error = await bob.request('room_message', longer, 'error');
      expect(error).toStrictEqual(anError('MESSAGE_TOO_LONG', { type: 'room_message', room }));
    }
  });

  it('of a direct message says to whom', async () => {
    const bob = someone('bob');
    await app.salon(bob);
    const data = { to_user_id: bob.id, content: 'x'.repeat(LIMIT + 1) };
    const details = { type: 'direct_message', user_id: bob.id };
    expect(await refusal('direct_message', data)).toStrictEqual(
      anError('MESSAGE_TOO_LONG', details),
    );
  });
});

describe('INVALID_FORMAT', () => {
  it('names the fields and their rules', async () => {
    const error = await refusal('room_message', { room: 'x', content: 5, duration: 'long' });
    expect(error).toStrictEqual(
      anError('INVALID_FORMAT', {
        type: 'room_message',
        room: 'x',
        fields: fieldsNamed('content', 'duration'),
      }),
    );
  });

  it('for a type that nobody knows', async () => {
    for (const type of ['leave_room', 'constructor', 'pong', 'room_messages']) {
      const error = await refusal(type, {});
      expect(error).toStrictEqual(anError('INVALID_FORMAT', { type, fields: expect.any(Array) }));
    }
  });

  it('for a reply to a message of another room, and to none', async () => {
    const elsewhere = await gatherSalon(app, ['alice']);
    const data = { room: elsewhere.slug, content: 'there' };
    const { id } = await elsewhere.clients[0].request('room_message', data, 'room_message');
    const { slug: room, clients } = await gatherSalon(app, ['bob']);
    for (const reply_to of [id, 123_456_789]) {
      const error = await clients[0].request('room_message', { ...data, room, reply_to }, 'error');
      expect(error).toStrictEqual(anError('INVALID_FORMAT', { type: 'room_message', room }));
    }
  });

  it('for a message to oneself', async () => {
    for (const [type, field] of [
      ['direct_message', 'to_user_id'],
      ['dm_history', 'with_user'],
    ] as const) {
      for (const self of [alice.id, String(alice.id)]) {
        const error = await refusal(type, { [field]: self, content: 'memo' });
        expect(error).toStrictEqual(
          anError('INVALID_FORMAT', { type, user_id: self, fields: fieldsNamed(field) }),
        );
      }
    }
  });
});
