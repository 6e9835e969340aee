import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import { between, contentsOf, inHistory, messagesOf } from '../support/salon-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

interface Pair {
  readonly users: readonly [TestUser, TestUser];
  readonly clients: readonly [FrameClient, FrameClient];
}

async function pair(): Promise<Pair> {
  const users: Pair['users'] = [someone('alice'), someone('bob')];
  return { users, clients: [await app.salon(users[0]), await app.salon(users[1])] };
}

describe('direct_message', () => {
  it('reaches all sockets of both, the sending one included, and nobody else', async () => {
    const { users, clients } = await pair();
    const [alice, bob] = users;
    const seconds = [await app.salon(alice), await app.salon(bob)];
    const stranger = await app.salon(someone('stranger'));
    clients[0].send('direct_message', { to_user_id: bob.id, content: 'psst' });
    for (const client of [...clients, ...seconds]) {
      const message = await client.next('direct_message');
      expect(message).toStrictEqual(between(alice, bob, { content: 'psst' }));
    }
    await stranger.settled();
    expect(stranger.received('direct_message')).toEqual([]);
  });

  it('goes both ways in one conversation, in order', async () => {
    const { users, clients } = await pair();
    for (const n of range(1, 10)) {
      const [from, to] = n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
      clients[from].send('direct_message', { to_user_id: users[to].id, content: String(n) });
      await clients[to].next('direct_message', ({ content }) => content === String(n));
    }
    for (const client of clients) {
      await client.settled();
      expect(contentsOf(client.received('direct_message'))).toEqual(range(1, 10).map(String));
    }
  });

  it('waits for a user who is away', async () => {
    const { users, clients } = await pair();
    const [alice, bob] = users;
    clients[1].close();
    await clients[1].closed();
    const message = { to_user_id: bob.id, content: 'for later' };
    await clients[0].request('direct_message', message, 'direct_message');
    const back = await app.salon(bob);
    const history = await back.request('dm_history', { with_user: alice.id }, 'message_history');
    expect(messagesOf(history)).toStrictEqual([inHistory(alice, { content: 'for later' })]);
  });

  it('takes the id of a user as text, too', async () => {
    const { users, clients } = await pair();
    const [alice, bob] = users;
    clients[0].send('direct_message', { to_user_id: String(bob.id), content: 'as text' });
    const message = await clients[1].next('direct_message');
    expect(message).toStrictEqual(between(alice, bob, { content: 'as text' }));
  });

  it('may answer another with reply_to', async () => {
    const { users, clients } = await pair();
    const question = { to_user_id: users[1].id, content: 'well?' };
    const { id } = await clients[0].request('direct_message', question, 'direct_message');
    const answer = { to_user_id: users[0].id, content: 'well', reply_to: id };
    expect(await clients[1].request('direct_message', answer, 'direct_message')).toMatchObject({
      content: 'well?',
    });
    expect(await clients[1].next('direct_message')).toMatchObject(answer);
  });

  it('is the same conversation as private_<a>_<b> in a room’s place', async () => {
    const { users, clients } = await pair();
    const [alice, bob] = users;
    const room = `private_${bob.id}_${alice.id}`;
    clients[0].send('room_message', { room, content: 'by the other name' });
    for (const client of clients) {
      const message = await client.next('direct_message');
      expect(message).toStrictEqual(between(alice, bob, { content: 'by the other name' }));
    }
    const history = await clients[1].request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ room, total: 1 });
    const stranger = await app.salon(someone('stranger'));
    expect(await stranger.request('room_history', { room }, 'error')).toMatchObject({
      code: 'ROOM_NOT_FOUND',
    });
    await clients[0].settled();
    expect(clients[0].received('room_message')).toEqual([]);
  });

  it('of both at the same moment opens one conversation, and both hear both', async () => {
    const pairs = await Promise.all(range(1, 20).map(() => pair()));
    for (const { users, clients } of pairs) {
      clients[0].send('direct_message', { to_user_id: users[1].id, content: 'a' });
      clients[1].send('direct_message', { to_user_id: users[0].id, content: 'b' });
    }
    for (const { users, clients } of pairs) {
      for (const [index, client] of clients.entries()) {
        await client.next('direct_message');
        await client.next('direct_message');
        const other = { with_user: users[1 - index]?.id };
        const history = await client.request('dm_history', other, 'message_history');
        // At least once: told apart by their ids.
        const heard = new Map(client.received('direct_message').map((data) => [data.id, data]));
        expect(contentsOf([...heard.values()])).toEqual(contentsOf(messagesOf(history)));
      }
    }
  });
});
