import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range, sendMany } from '../support/chat-shapes.js';
import {
  aFrame,
  anError,
  answerTo,
  ask,
  bareId,
  contentsOf,
  frameOf,
  gatherVeza,
  inRoom,
  invalid,
  join,
  MESSAGE_ID,
  say,
  send,
  toReader,
} from '../support/veza-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('join_room with last_message_id', () => {
  it('is followed by what came after it, in order, and then by what is new', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice] = clients;
    const { message_id } = await send(alice, room, { content: 'known' });
    for (const content of ['missed 1', 'missed 2']) await send(alice, room, { content });

    const bob = await app.veza(users[1]);
    expect(await join(bob, room, { last_message_id: message_id })).toMatchObject({
      has_more: false,
      last_message: { content: 'missed 2' },
    });
    await send(alice, room, { content: 'new' });
    await bob.next('message_received', ({ content }) => content === 'new');
    const messages = bob.received('message_received');
    expect(contentsOf(messages)).toEqual(['missed 1', 'missed 2', 'new']);
    expect(messages[0]).toStrictEqual(inRoom(room, users[0], { content: 'missed 1' }));
    const types = bob.frames.map(({ type }) => type);
    expect(types.indexOf('room_joined')).toBeLessThan(types.indexOf('message_received'));
  });

  it('takes the id with and without msg_, as text and as a number', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const known = await send(clients[0], room, { content: 'known' });
    await send(clients[0], room, { content: 'missed' });
    const id = bareId(known);
    for (const last_message_id of [`msg_${id}`, id, String(id)]) {
      const bob = await app.veza(users[1]);
      await join(bob, room, { last_message_id });
      expect(await bob.next('message_received')).toMatchObject({ content: 'missed' });
    }
  });

  it('tells what the user itself sent before the connection broke off, which another asked for', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice']);
    const known = await send(clients[0], room, { content: 'known' });
    const message = { room_id: room, content: 'was it stored?' };
    const request = say(clients[0], 'message', message, 'lost-1');
    await answerTo(clients[0], request, 'message_received');
    const again = await app.veza(users[0]);
    await join(again, room, { last_message_id: known.message_id });
    await again.settled();
    expect(again.received('message_received')).toHaveLength(1);
    const missed = await frameOf(again, 'message_received');
    const data = inRoom(room, users[0], { content: 'was it stored?' });
    expect(missed).toStrictEqual(aFrame('message_received', data, MESSAGE_ID));
  });

  it('says has_more after 500 of them, and goes on from the last', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    let { message_id: last } = await send(clients[0], room, { content: 'known' });
    await sendMany(await app.connect(users[0]), id, 501);
    const bob = await app.veza(users[1]);
    for (const [has_more, count] of [
      [true, 500],
      [false, 501],
    ] as const) {
      expect(await join(bob, room, { last_message_id: last })).toMatchObject({ has_more });
      await bob.settled();
      const heard = bob.received('message_received');
      expect(heard).toHaveLength(count);
      last = heard.at(-1)?.message_id;
    }
    const texts = range(1, 501).map((n) => `message ${n}`);
    const heard = contentsOf(bob.received('message_received'));
    expect(new Set(heard)).toEqual(new Set(texts));
  });

  it('of a direct conversation is followed by private messages', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const b = await app.veza(bob);
    const a = await app.veza(alice);
    const room = `private_${alice.id}_${bob.id}`;
    const { message_id } = await send(a, room, { content: 'known' });
    await send(a, room, { content: 'missed' });
    b.close();
    const again = await app.veza(bob);
    const name = `private_${bob.id}_${alice.id}`;
    await join(again, name, { last_message_id: message_id });
    expect(await again.next('private_message')).toStrictEqual(
      toReader(bob, alice, { content: 'missed' }),
    );
  });

  it('without it, or with null, nothing follows but what is new', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    await send(clients[0], room, { content: 'earlier' });
    const bob = await app.veza(users[1]);
    expect(await join(bob, room, { last_message_id: null })).not.toHaveProperty('has_more');
    await send(clients[0], room, { content: 'new' });
    await bob.next('message_received');
    await bob.settled();
    expect(contentsOf(bob.received('message_received'))).toEqual(['new']);
  });

  it('is refused where it is of another room, of nobody’s, or no id', async () => {
    const elsewhere = await gatherVeza(app, ['alice', 'bob']);
    const foreign = await send(elsewhere.clients[0], elsewhere.room, { content: 'there' });
    const { room, users } = await gatherVeza(app, ['bob']);
    const both = await app.veza(elsewhere.users[1]);
    const own = await app.veza(users[0]);
    const refused = anError(1007, 'invalid_message_format');
    for (const [client, at, last] of [
      [own, room, foreign.message_id],
      [own, room, 'msg_123456789'],
      [both, elsewhere.room, 'msg_123456789'],
    ] as const) {
      const data = { room_id: at, last_message_id: last };
      expect(await ask(client, 'join_room', data, 'error')).toStrictEqual(refused);
    }
    // Whoever may not enter learns nothing of what was said in there.
    const stranger = await app.veza(someone('stranger'));
    for (const last of [foreign.message_id, 'msg_123456789']) {
      const data = { room_id: elsewhere.room, last_message_id: last };
      expect(await ask(stranger, 'join_room', data, 'error')).toStrictEqual(
        anError(1002, 'authorization_error'),
      );
    }
    const data = { room_id: room, last_message_id: 'yesterday' };
    expect(await ask(own, 'join_room', data, 'error')).toStrictEqual(invalid('last_message_id'));
  });
});
