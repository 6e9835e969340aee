import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  aFrame,
  ask,
  bareId,
  frameOf,
  gatherVeza,
  invalid,
  anError,
  join,
  MOMENT,
  say,
  send,
  userData,
} from '../support/veza-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('user_online and user_offline', () => {
  it('tell a room of its participants: the first socket in, the last one out', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const watcher = await app.veza(alice);
    await join(watcher, id);
    const first = await app.veza(bob);
    const online = await frameOf(watcher, 'user_online', ({ data }) => data.username === 'bob');
    expect(online).toStrictEqual(aFrame('user_online', userData(bob)));
    const second = await app.salon(bob);
    first.close();
    await first.closed();
    await second.settled();
    await watcher.settled();
    expect(watcher.received('user_offline')).toEqual([]);
    second.close();
    const offline = await frameOf(watcher, 'user_offline');
    expect(offline).toStrictEqual(aFrame('user_offline', userData(bob)));
    expect(watcher.received('user_online').filter(({ username }) => username === 'bob')).toEqual([
      userData(bob),
    ]);
  });

  it('tell those who share a direct conversation', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.veza(alice), await app.veza(bob)];
    await send(a, `private_${alice.id}_${bob.id}`, { content: 'hello' });
    await b.next('private_message');
    b.close();
    expect(await a.next('user_offline')).toStrictEqual(userData(bob));
    await app.veza(bob);
    expect(await a.next('user_online')).toStrictEqual(userData(bob));
  });

  it('say nothing of strangers', async () => {
    const { users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const stranger = someone('stranger');
    (await app.veza(stranger)).close();
    clients[1].close();
    await clients[0].next('user_offline', ({ user_id }) => user_id === String(users[1].id));
    const names = clients[0].frames.map(({ data }) => (data as { username?: string }).username);
    expect(names).not.toContain('stranger');
  });
});

describe('read_receipt', () => {
  it('is told to the others joined, once, and not to the reader', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob', 'carol']);
    const [alice, bob, carol] = clients;
    const { message_id } = await send(alice, room, { content: 'read me' });
    say(bob, 'read_receipt', { message_id });
    say(bob, 'read_receipt', { message_id: bareId({ message_id }) });
    await bob.settled();
    for (const client of [alice, carol]) {
      expect(await frameOf(client, 'read_receipt')).toStrictEqual(
        aFrame('read_receipt', {
          room_id: room,
          message_id,
          user_id: String(users[1].id),
          timestamp: MOMENT,
        }),
      );
      await client.settled();
      expect(client.received('read_receipt')).toHaveLength(1);
    }
    expect(bob.received('read_receipt')).toEqual([]);
    expect(bob.received('error')).toEqual([]);
  });

  it('of a private message reaches its sender, joined or not', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.veza(alice), await app.veza(bob)];
    await send(a, `private_${alice.id}_${bob.id}`, { content: 'read me' });
    const { message_id } = await b.next('private_message');
    say(b, 'read_receipt', { message_id });
    expect(await a.next('read_receipt')).toStrictEqual({
      room_id: `private_${alice.id}_${bob.id}`,
      message_id,
      user_id: String(bob.id),
      timestamp: MOMENT,
    });
  });

  it('is known to other protocols as theirs', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const elsewhere = await app.connect(users[0]);
    await elsewhere.join(id);
    const message = await send(clients[0], room, { content: 'read me' });
    say(clients[1], 'read_receipt', { message_id: message.message_id });
    expect(await elsewhere.next('message:read:ack')).toMatchObject({
      messageId: bareId(message),
      readBy: users[1].id,
    });
  });

  it('of a message one may not see, of none, or of no id is refused', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const { message_id } = await send(clients[0], room, { content: 'not yours' });
    const bob = await app.veza(someone('bob'));
    for (const unseen of [message_id, 'msg_123456789']) {
      const error = await ask(bob, 'read_receipt', { message_id: unseen }, 'error');
      expect(error).toStrictEqual(anError(1007, 'invalid_message_format'));
    }
    for (const data of [{}, { message_id: 'last' }, { message_id: 'msg_0' }]) {
      expect(await ask(bob, 'read_receipt', data, 'error')).toStrictEqual(invalid('message_id'));
    }
  });
});
