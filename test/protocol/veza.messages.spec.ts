import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  aFrame,
  anAnswer,
  anError,
  answerTo,
  ask,
  bareId,
  frameOf,
  gatherVeza,
  inRoom,
  join,
  MESSAGE_ID,
  say,
  send,
} from '../support/veza-shapes.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe('a message', () => {
  it('reaches everyone joined, the sender as the answer to its own frame', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [alice, bob] = clients;
    const other = await app.veza(users[0]);
    await join(other, room);
    const request = say(alice, 'message', { room_id: room, content: 'Bonjour' });
    const data = inRoom(room, users[0], { content: 'Bonjour' });
    const answer = await answerTo(alice, request, 'message_received');
    expect(answer).toStrictEqual(anAnswer(request, 'message_received', data, MESSAGE_ID));
    expect(answer.id).toBe(answer.data.message_id);
    // Another socket of the sender's did not ask.
    for (const client of [bob, other]) {
      const heard = await frameOf(client, 'message_received');
      expect(heard).toStrictEqual(aFrame('message_received', data, answer.id));
    }
    await alice.settled();
    expect(alice.received('message_received')).toHaveLength(1);
  });

  it('without an id is answered as well, and to nobody’s request', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice']);
    for (const id of ['', '"id":null,']) {
      clients[0].raw(`{${id}"type":"message","data":{"room_id":"${room}","content":"x"}}`);
      const data = inRoom(room, users[0], { content: 'x' });
      const frame = await frameOf(clients[0], 'message_received');
      expect(frame).toStrictEqual(aFrame('message_received', data, MESSAGE_ID));
    }
  });

  it('is heard by `salon` and `chat`, and theirs are heard here', async () => {
    const { id, room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const [salon, chat] = [await app.salon(users[1]), await app.connect(users[1])];
    await salon.join(room);
    await chat.join(id);
    const sent = await send(clients[0], room, { content: 'from veza', message_type: 'voice' });
    const message = { id: bareId(sent), content: 'from veza' };
    const inSalon = await salon.next('room_message');
    expect(inSalon).toMatchObject({ ...message, message_type: 'audio' });
    const inChat = await chat.next('message:new');
    expect(inChat).toMatchObject({ message: { ...message, type: 'audio' } });

    await chat.send(id, 'from chat');
    salon.send('room_message', { room, content: 'from salon', message_type: 'audio' });
    for (const fields of [
      { content: 'from chat' },
      { content: 'from salon', message_type: 'voice' },
    ]) {
      const heard = await clients[0].next('message_received', (d) => d.content === fields.content);
      expect(heard).toStrictEqual(inRoom(room, users[1], fields));
    }
  });

  it.each(['text', 'image', 'voice', 'video', 'file'])('may be of type %s', async (type) => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const fields = { content: 'x', message_type: type, attachments: ['https://example.org/a'] };
    await send(clients[0], room, fields);
    const heard = await clients[1].next('message_received');
    expect(heard).toStrictEqual(inRoom(room, users[0], fields));
  });

  it('of type audio is a voice message', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const message = await send(clients[0], room, { content: 'x', message_type: 'audio' });
    expect(message).toMatchObject({ message_type: 'voice' });
  });

  it('with attachments may be blank', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const fields = { content: '', attachments: ['https://example.org/a.png', '/uploads/b.png'] };
    expect(await send(clients[0], room, fields)).toMatchObject(fields);
  });

  it('is from whom the token says, whatever the frame says', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice']);
    const forged = {
      user_id: '1',
      username: 'root',
      message_id: 'msg_1',
      is_edited: true,
      id: 'x',
    };
    const data = { room_id: room, content: 'hi', ...forged };
    const message = await ask(clients[0], 'message', data, 'message_received');
    expect(message).toStrictEqual(inRoom(room, users[0], { content: 'hi' }));
  });
});

describe('mentions', () => {
  it('are found by id, by name and in the text, each once, where they take part', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bobby', 'carol', 'dave']);
    const stranger = someone('stranger');
    await app.veza(stranger);
    const [, bobby, carol, dave] = users;
    const message = await send(clients[0], room, {
      content: 'ask @dave, or @bobby; @stranger is not here',
      mentions: [carol.id, 'bobby', String(bobby.id), stranger.id, 'nobody'],
    });
    const ids = [bobby, carol, dave].map(({ id }) => String(id));
    expect((message.mentions as string[]).toSorted()).toEqual(ids.toSorted());
  });
});

describe('reply_to', () => {
  it('takes msg_1, 1 and "1", and says msg_1', async () => {
    const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
    const { message_id } = await send(clients[1], room, { content: 'question' });
    const id = bareId({ message_id });
    for (const reply_to of [`msg_${id}`, id, String(id)]) {
      const answer = await send(clients[0], room, { content: 'answer', reply_to });
      const fields = { content: 'answer', reply_to: message_id };
      expect(answer).toStrictEqual(inRoom(room, users[0], fields));
    }
  });

  it('of null says nothing', async () => {
    const { room, clients } = await gatherVeza(app, ['alice']);
    const message = await send(clients[0], room, { content: 'x', reply_to: null });
    expect(message).not.toHaveProperty('reply_to');
  });

  it('of a message elsewhere, or of none, is refused', async () => {
    const elsewhere = await gatherVeza(app, ['alice']);
    const { message_id } = await send(elsewhere.clients[0], elsewhere.room, { content: 'there' });
    const { room, clients } = await gatherVeza(app, ['bob']);
    for (const reply_to of [message_id, 'msg_123456789']) {
      const data = { room_id: room, content: 'x', reply_to };
      const error = await ask(clients[0], 'message', data, 'error');
      expect(error).toStrictEqual(anError(1007, 'invalid_message_format'));
    }
  });
});

describe('a message to a room that was not joined', () => {
  it('is refused to those who take no part, in a public room too', async () => {
    const { room } = await gatherVeza(app, ['alice'], { type: 'public' });
    const bob = await app.veza(someone('bob'));
    const data = { room_id: room, content: 'x' };
    expect(await ask(bob, 'message', data, 'error')).toStrictEqual(
      anError(1002, 'authorization_error'),
    );
    await join(bob, room);
    await send(bob, room, { content: 'x' });
  });
});
