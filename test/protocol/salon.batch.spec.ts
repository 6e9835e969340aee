import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range, sendMany } from '../support/chat-shapes.js';
import { anError, contentsOf, fieldsNamed, gatherSalon } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const say = (room: string, content: string) => ({ type: 'room_message', data: { room, content } });

describe('message_batch from a client', () => {
  it('does what its items say, in their order', async () => {
    const { slug: room } = await gatherSalon(app, ['owner'], { type: 'public' });
    const client = await app.salon(someone('alice'));
    const before = client.frames.length;
    client.send('message_batch', {
      messages: [
        { type: 'join_room', data: { room } },
        say(room, 'one'),
        say(room, 'two'),
        { type: 'room_history', data: { room } },
        { type: 'ping', data: {} },
      ],
    });
    await client.next('pong');
    const history = await client.next('message_history');
    expect(history).toMatchObject({ messages: [{ content: 'one' }, { content: 'two' }], total: 2 });
    const types = client.frames.slice(before).map(({ type }) => type);
    expect(types.filter((type) => type !== 'room_message')).toEqual([
      'join_room_ack',
      'message_history',
      'pong',
    ]);
    await client.settled();
    expect(contentsOf(client.received('room_message'))).toEqual(['one', 'two']);
  });

  it('takes fifty items', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice', 'bob']);
    const messages = range(1, 50).map((n) => say(room, `item ${n}`));
    clients[0].send('message_batch', { messages });
    for (const { data } of messages) {
      expect(await clients[1].next('room_message')).toMatchObject({ content: data.content });
    }
  });

  it('answers what fails by its place, and does the rest', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice']);
    const [a] = clients;
    const nested = { type: 'message_batch', data: { messages: [say(room, 'nested')] } };
    const messages = [
      say(room, 'first'),
      say('nonexistent_room', 'lost'),
      nested,
      { type: 'room_message', data: { room } },
      'no message',
      { data: {} },
      { type: 'direct_message', data: { to_user_id: 987_654_321, content: 'anyone?' } },
      say(room, 'last'),
    ];
    a.send('message_batch', { messages });
    await a.settled();
    expect(contentsOf(a.received('room_message'))).toEqual(['first', 'last']);
    const type = 'room_message';
    const at = (index: number) =>
      a.next('error', ({ details }) => (details as Json).index === index);
    expect(await at(1)).toStrictEqual(
      anError('ROOM_NOT_FOUND', { type, room: 'nonexistent_room', index: 1 }),
    );
    expect(await at(2)).toStrictEqual(
      anError('INVALID_FORMAT', { type: 'message_batch', index: 2, fields: fieldsNamed('type') }),
    );
    expect(await at(3)).toStrictEqual(
      anError('INVALID_FORMAT', { type, room, index: 3, fields: fieldsNamed('content') }),
    );
    for (const index of [4, 5]) {
      expect(await at(index)).toStrictEqual(
        anError('INVALID_FORMAT', { type: 'unknown', index, fields: fieldsNamed('type') }),
      );
    }
    expect(await at(6)).toStrictEqual(
      anError('USER_NOT_FOUND', { type: 'direct_message', user_id: 987_654_321, index: 6 }),
    );
    expect(a.received('error')).toHaveLength(6);
  });

  it.each([
    ['more than fifty items', (room: string) => range(1, 51).map(() => say(room, 'x'))],
    ['one item that is no list', (room: string) => say(room, 'x')],
    ['text', () => 'x'],
    ['nothing', () => undefined],
  ])('with %s is refused, and nothing of it is done', async (_, messagesOf) => {
    const { slug: room, clients } = await gatherSalon(app, ['alice']);
    const [a] = clients;
    const error = await a.request('message_batch', { messages: messagesOf(room) }, 'error');
    expect(error).toStrictEqual(
      anError('INVALID_FORMAT', { fields: fieldsNamed('data.messages') }),
    );
    await a.settled();
    expect(a.received('room_message')).toEqual([]);
  });

  it('without items is INVALID_FORMAT: every frame has an answer', async () => {
    const client = await app.salon(someone('alice'));
    const { code } = await client.request('message_batch', { messages: [] }, 'error');
    expect(code).toBe('INVALID_FORMAT');
  });
});

describe('message_batch from the server', () => {
  const MANY = 400;

  it('comes to those who connected with batch=1, and holds everything once and in order', async () => {
    const { id, slug, users, clients } = await gatherSalon(app, ['alice']);
    const batching = await app.salon(users[0], '&batch=1');
    await batching.join(slug);
    const writer = await app.connect(users[0]);
    await sendMany(writer, id, MANY);
    const isLast = ({ content }: Json) => content === `message ${MANY}`;
    await clients[0].next('room_message', isLast);
    await batching.settled();

    const batches = batching.frames.filter(({ type }) => type === 'message_batch');
    expect(batches.length).toBeGreaterThan(0);
    for (const batch of batches) {
      const { messages } = batch.data as { messages: Json[] };
      expect(messages.length).toBeLessThanOrEqual(50);
      expect(batch).toStrictEqual({
        type: 'message_batch',
        data: {
          messages: messages.map(({ data }) => ({
            type: 'room_message',
            data,
            timestamp: INSTANT,
          })),
        },
        timestamp: INSTANT,
      });
    }
    const heard = batching.frames.flatMap(({ type, data }) =>
      type === 'message_batch' ? ((data as Json).messages as Json[]) : [{ type, data }],
    );
    const messages = heard.filter(({ type }) => type === 'room_message');
    // The same that the others get, one by one.
    expect(messages.map(({ data }) => data)).toEqual(clients[0].received('room_message'));
    expect(messages).toHaveLength(MANY);
    expect(clients[0].received('message_batch')).toEqual([]);
  });

  it.each(['', '&batch=0', '&batch=true'])('does not come with the query “%s”', async (query) => {
    const { id, users, clients } = await gatherSalon(app, ['alice'], { query });
    await sendMany(await app.connect(users[0]), id, 100);
    for (const n of range(1, 100)) {
      expect(await clients[0].next('room_message')).toMatchObject({ content: `message ${n}` });
    }
    expect(clients[0].received('message_batch')).toEqual([]);
  });
});
