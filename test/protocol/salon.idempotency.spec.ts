import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { anError, gatherSalon } from '../support/salon-shapes.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('client_message_id', () => {
  it('sent again brings the first message back to its sender, and nothing to the others', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a, b] = clients;
    const message = { room, content: 'once', client_message_id: 'c-1' };
    const first = await a.request('room_message', message, 'room_message');
    expect(await a.request('room_message', message, 'room_message')).toStrictEqual(first);
    // After a reconnection, too.
    const again = await app.salon(users[0]);
    expect(await again.request('room_message', message, 'room_message')).toStrictEqual(first);
    await b.settled();
    expect(b.received('room_message')).toStrictEqual([first]);
    const history = await b.request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ total: 1 });
  });

  it('of direct messages works the same', async () => {
    const { users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a, b] = clients;
    const message = { to_user_id: users[1].id, content: 'once', client_message_id: 'c-1' };
    const first = await a.request('direct_message', message, 'direct_message');
    expect(await a.request('direct_message', message, 'direct_message')).toStrictEqual(first);
    await b.settled();
    expect(b.received('direct_message')).toStrictEqual([first]);
  });

  it('with other content is refused', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice']);
    const message = { room, content: 'this', client_message_id: 'c-1' };
    await clients[0].request('room_message', message, 'room_message');
    const error = await clients[0].request(
      'room_message',
      { ...message, content: 'that' },
      'error',
    );
    expect(error).toStrictEqual(anError('INVALID_FORMAT', { type: 'room_message', room }));
  });

  it('is a user’s own, per room', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice', 'bob']);
    const elsewhere = await gatherSalon(app, ['carol']);
    const message = { content: 'mine', client_message_id: 'c-1' };
    const ids = [];
    for (const client of clients) {
      const own = await client.request('room_message', { room, ...message }, 'room_message');
      ids.push(own.id);
      await Promise.all(clients.filter((c) => c !== client).map((c) => c.next('room_message')));
    }
    const other = { room: elsewhere.slug, ...message };
    ids.push((await elsewhere.clients[0].request('room_message', other, 'room_message')).id);
    expect(new Set(ids).size).toBe(3);
  });

  it('sent from two sockets at once is stored once, and both are answered', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const sockets = [await app.salon(users[0]), await app.salon(users[0])];
    for (const n of range(1, 20)) {
      for (const socket of sockets) {
        socket.send('room_message', { room, content: `m${n}`, client_message_id: `c-${n}` });
      }
    }
    for (const socket of sockets) {
      for (const n of range(1, 20)) {
        expect(await socket.next('room_message')).toMatchObject({ content: `m${n}` });
      }
    }
    for (const n of range(1, 20)) {
      expect(await clients[1].next('room_message')).toMatchObject({ content: `m${n}` });
    }
    const history = await clients[1].request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ total: 20 });
  });
});
