import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, range } from '../support/chat-shapes.js';
import { contentsOf, gatherSalon, inRoom } from '../support/salon-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('room_message', () => {
  it('reaches everyone joined and its sender, each once, in one order', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob', 'carol']);
    const [a, b] = clients;
    for (const n of range(1, 20)) {
      a.send('room_message', { room, content: `a${n}` });
      b.send('room_message', { room, content: `b${n}` });
    }
    for (const client of clients) {
      for (const _ of range(1, 40)) await client.next('room_message');
      await client.settled();
    }
    const [seen, ...others] = clients.map((client) => client.received('room_message'));
    for (const other of others) expect(other).toEqual(seen);
    expect(seen).toHaveLength(40);
    for (const [index, name] of (['a', 'b'] as const).entries()) {
      const own = seen?.filter(({ user_id }) => user_id === users[index]?.id) ?? [];
      expect(contentsOf(own)).toEqual(range(1, 20).map((n) => `${name}${n}`));
    }
  });

  it('is answered before whatever its sender asked for next', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a] = clients;
    const before = a.frames.length;
    for (const n of range(1, 50)) {
      a.send('room_message', { room, content: String(n) });
      a.send('ping', {});
    }
    for (const _ of range(1, 50)) await a.next('pong');
    const types = a.frames.slice(before).map(({ type }) => type);
    const told = types.filter((type) => type !== 'user_connected');
    expect(told).toEqual(range(1, 50).flatMap(() => ['room_message', 'pong']));
  });

  it('needs no message_type: text is meant', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    clients[0].send('room_message', { room, content: 'plain' });
    const message = await clients[1].next('room_message');
    expect(message).toStrictEqual(inRoom(room, users[0], { content: 'plain' }));
  });

  it('carries a reply and a client id there and back', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [a, b] = clients;
    const { id } = await a.request('room_message', { room, content: 'well?' }, 'room_message');
    const fields = { content: 'well', reply_to: id, client_message_id: 'c-1' };
    b.send('room_message', { room, ...fields });
    const message = await a.next('room_message');
    expect(message).toStrictEqual(inRoom(room, users[1], fields));
  });

  it('keeps text as it is: markup, emoji, line breaks, right-to-left', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice', 'bob']);
    const content = ' <b>not bold</b> & "quotes"\n👩‍👩‍👧‍👦 שלום \u2028 é e\u0301 ';
    clients[0].send('room_message', { room, content });
    expect((await clients[1].next('room_message')).content).toBe(content);
  });

  it('is not heard by those who have not joined, nor in other rooms', async () => {
    const { slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const idle = await app.salon(users[1]);
    const elsewhere = await gatherSalon(app, ['carol']);
    clients[0].send('room_message', { room, content: 'for the joined' });
    await clients[1].next('room_message');
    for (const client of [idle, ...elsewhere.clients]) {
      await client.settled();
      expect(client.received('room_message')).toEqual([]);
    }
  });
});

describe('sending without joining', () => {
  it('to a public room makes one a participant, and answers with the message', async () => {
    const { id, slug: room, clients } = await gatherSalon(app, ['alice'], { type: 'public' });
    const bob = someone('bob');
    const b = await app.salon(bob);
    for (const name of [room, id, String(id)]) {
      const fields = { content: `to ${name}` };
      const answer = await b.request('room_message', { room: name, ...fields }, 'room_message');
      expect(answer).toStrictEqual(inRoom(name, bob, fields));
      const heard = await clients[0].next('room_message');
      expect(heard).toStrictEqual({ ...answer, room });
    }
    const history = await b.request('room_history', { room }, 'message_history');
    expect(history).toMatchObject({ total: 3 });
    const participants = await (await app.as(bob)).get(`/conversations/${id}/participants`);
    expect(JSON.stringify(participants.body)).toContain('"bob"');
  });

  it('does not join: what others say is not heard', async () => {
    const { slug: room, clients } = await gatherSalon(app, ['alice'], { type: 'public' });
    const b = await app.salon(someone('bob'));
    await b.request('room_message', { room, content: 'first' }, 'room_message');
    await clients[0].request('room_message', { room, content: 'second' }, 'room_message');
    await b.settled();
    expect(contentsOf(b.received('room_message'))).toEqual(['first']);
  });

  it('in the room’s own protocol or another, the message is the same', async () => {
    const { id, slug: room, users, clients } = await gatherSalon(app, ['alice']);
    const chat = await app.connect(users[0]);
    await chat.send(id, 'from elsewhere', { type: 'file', attachments: ['https://e.org/a.pdf'] });
    expect(await clients[0].next('room_message')).toStrictEqual(
      inRoom(room, users[0], {
        content: 'from elsewhere',
        message_type: 'file',
        media_url: 'https://e.org/a.pdf',
      }),
    );
  });
});

describe('a message that is changed elsewhere', () => {
  it('shows the change in the history, with its time', async () => {
    const { id, slug: room, users, clients } = await gatherSalon(app, ['alice']);
    const chat = await app.connect(users[0]);
    const [edited, deleted] = [await chat.send(id, 'teh'), await chat.send(id, 'oops')];
    const idOf = ({ message }: Record<string, unknown>) => (message as { id: number }).id;
    await chat.expect('message:edit', { messageId: idOf(edited), content: 'the' });
    await chat.expect('message:delete', { messageId: idOf(deleted) });
    const history = await clients[0].request('room_history', { room }, 'message_history');
    expect(history.messages).toMatchObject([
      { id: idOf(edited), content: 'the', edited_at: INSTANT },
      { id: idOf(deleted), content: '', deleted_at: INSTANT },
    ]);
    await clients[0].settled();
    expect(clients[0].received('room_message')).toHaveLength(2);
  });
});
