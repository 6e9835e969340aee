import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, range, sendMany } from '../support/chat-shapes.js';
import { cleanups } from '../support/cleanups.js';
import {
  aMessage,
  anError,
  ended,
  frameOf,
  gatherLive,
  roomIdOf,
  speak,
  welcomeOf,
} from '../support/live-shapes.js';
import { someone, tokenFor } from '../support/tokens.js';

const LIMIT = 1_000;
const TOO_LONG = anError('Message too long', 'MESSAGE_TOO_LONG');

const after = cleanups();
let app: TestApp;
beforeAll(async () => void (app = await startApp({ LIVE_ROOM_GRACE_MS: '0' })));
afterAll(() => app.stop());

describe('chat_message', () => {
  it('reaches everyone in the room, on every socket, in one order', async () => {
    const { id, place, users, clients } = await gatherLive(app, ['alice', 'bob']);
    const [a, b] = clients;
    const second = await app.live(users[0], place);
    for (const n of range(1, 10)) (n % 2 ? a : b).send('chat_message', { message: `no. ${n}` });
    const heard = [];
    for (const _ of range(1, 10)) heard.push((await second.next('chat_message')).message);
    expect(new Set(heard).size).toBe(10);
    for (const client of [a, b]) {
      for (const message of heard) {
        const sender = users[Number(String(message).slice(4)) % 2 ? 0 : 1];
        expect(await client.next('chat_message')).toStrictEqual(aMessage(id, sender, { message }));
      }
    }
  });

  it('may be 1000 characters long, counted as people do, one emoji as one', async () => {
    const { clients } = await gatherLive(app, ['alice']);
    for (const character of ['x', 'é', '😀']) {
      const message = character.repeat(LIMIT);
      expect(await speak(clients[0], message)).toMatchObject({ message });
      const longer = { message: message + character };
      expect(await clients[0].request('chat_message', longer, 'error')).toStrictEqual(TOO_LONG);
    }
    // However long it gets by being escaped.
    const escaped = '\\ud83d\\ude00'.repeat(LIMIT);
    clients[0].raw(`{"type":"chat_message","data":{"message":"${escaped}"}}`);
    expect(await clients[0].next('chat_message')).toMatchObject({ message: '😀'.repeat(LIMIT) });
  });

  it('is limited to less where the service is', async () => {
    const strict = await startApp({ MAX_MESSAGE_LENGTH: '5' });
    after.add(() => strict.stop());
    const { clients } = await gatherLive(strict, ['alice']);
    await speak(clients[0], '12345');
    const error = await clients[0].request('chat_message', { message: '123456' }, 'error');
    expect(error).toStrictEqual(TOO_LONG);
  });

  it('keeps its text as it was, white space and markup included', async () => {
    const { clients } = await gatherLive(app, ['alice', 'bob']);
    const message = '  <b>\n"tab\t" & 𝒳 \u202e \\u0041 ';
    await speak(clients[0], message);
    expect(await clients[1].next('chat_message')).toMatchObject({ message });
  });

  it('from elsewhere says what kind it is, what it answers and what hangs on it', async () => {
    const { id, clients } = await gatherLive(app, ['alice']);
    const bob = someone('bob');
    const chat = await app.connect(bob);
    await chat.expect('conversation:join', { conversationId: id });
    const attachments = ['https://example.org/cat.png'];
    const first = await speak(clients[0], 'look');
    const sent = { conversationId: id, content: 'a cat', type: 'image', attachments };
    await chat.expect('message:send', { ...sent, replyTo: first.id, clientMessageId: 'c-1' });
    expect(await clients[0].next('chat_message')).toStrictEqual(
      aMessage(id, bob, {
        message: 'a cat',
        message_type: 'image',
        attachments,
        reply_to: first.id,
        client_message_id: 'c-1',
      }),
    );
  });
});

describe('client_message_id', () => {
  it('is told with the message; a repeat is answered to its sender alone', async () => {
    const { users, place, clients } = await gatherLive(app, ['alice', 'bob']);
    const [a, b] = clients;
    const data = { message: 'once', client_message_id: 'c-1' };
    a.send('chat_message', data);
    const first = await frameOf(a, 'chat_message');
    expect(first.data).toMatchObject(data);
    const again = await app.live(users[0], place);
    again.send('chat_message', data);
    expect(await frameOf(again, 'chat_message')).toStrictEqual(first);
    for (const client of [a, b]) {
      await client.settled();
      expect(client.received('chat_message')).toHaveLength(1);
    }
  });

  it('with another text is a conflict; of another user it is another', async () => {
    const { users, clients } = await gatherLive(app, ['alice', 'bob', null]);
    const [alice, ...others] = clients;
    const client_message_id = 'c-1';
    await speak(alice, 'first', { client_message_id });
    const other = { message: 'second', client_message_id };
    expect(await alice.request('chat_message', other, 'error')).toStrictEqual(
      anError('Conflict', 'CONFLICT'),
    );
    for (const client of others) {
      client.send('chat_message', { message: 'first', client_message_id });
      await alice.next('chat_message');
    }
    const senders = alice.received('chat_message').map(({ user_id }) => user_id);
    expect(senders).toEqual(users.map((user) => user?.id ?? null));
  });
});

describe('last_message_id', () => {
  it('brings what came after it, in order, before anything new', async () => {
    const { id, place, users, clients } = await gatherLive(app, ['alice']);
    const sent = [];
    for (const n of range(1, 5)) sent.push(await speak(clients[0], `message ${n}`));
    const token = await tokenFor(users[0]);
    const late = app.dialRaw(
      `/chat/ws/${place}?last_message_id=${String(sent[1]?.id)}&token=${token}`,
    );
    await speak(clients[0], 'new');
    await late.next('chat_message', ({ message }) => message === 'new');
    const { missed_count: missed } = welcomeOf(late);
    // The new one was missed, or heard as it came.
    expect([3, 4]).toContain(missed);
    expect(late.frames.slice(0, 4).map(({ data }) => data)).toStrictEqual([
      { room_id: id, connection_count: 2, missed_count: missed, has_more: false },
      ...sent.slice(2),
    ]);
    expect(late.received('chat_message')).toHaveLength(4);
  });

  it('brings 500 at once and says that there are more', async () => {
    const writer = await app.connect(someone('writer'));
    const id = await app.conversation([someone('owner')], { type: 'public' });
    await writer.join(id);
    const first = messageIn(await writer.send(id, 'message 0')).id;
    await sendMany(writer, id, 501);
    const reader = someone('reader');
    const dial = async (last: unknown) =>
      app.dialRaw(
        `/chat/ws/room/${id}?token=${await tokenFor(reader)}&last_message_id=${String(last)}`,
      );
    const page = await dial(first);
    expect(await page.next('room_joined')).toMatchObject({ missed_count: 500, has_more: true });
    await page.next('chat_message', ({ message }) => message === 'message 500');
    expect(page.received('chat_message')).toHaveLength(500);
    const rest = await dial(page.received('chat_message').at(-1)?.id);
    expect(await rest.next('room_joined')).toMatchObject({ has_more: false });
    expect(await rest.next('chat_message')).toMatchObject({ message: 'message 501' });
  });

  it.each(['', '0', '-1', '1.5', 'abc', '1e400', '999999999', '9'.repeat(20), '__proto__'])(
    'that is no message, such as “%s”, asks for nothing',
    async (last) => {
      const { id, place, clients } = await gatherLive(app, [null]);
      await speak(clients[0], 'before');
      const client = app.dialRaw(`/chat/ws/${place}?last_message_id=${last}`);
      const welcome = { room_id: id, connection_count: 2 };
      expect(await client.next('room_joined')).toStrictEqual(welcome);
      await client.settled();
      expect(client.received('chat_message')).toEqual([]);
    },
  );

  it('of an earlier room of that name, or of another room, asks for nothing', async () => {
    const { id, place, clients } = await gatherLive(app, [null]);
    const { id: earlier } = await speak(clients[0], 'gone');
    const end = ended(app, id);
    clients[0].close();
    await end;
    const elsewhere = await gatherLive(app, ['carol']);
    const { id: foreign } = await speak(elsewhere.clients[0], 'elsewhere');
    const next = await app.live(null, place);
    const again = roomIdOf(next);
    await speak(next, 'new');
    for (const last of [earlier, foreign]) {
      const client = app.dialRaw(`/chat/ws/${place}?last_message_id=${String(last)}`);
      const welcome = await client.next('room_joined');
      expect(welcome).toStrictEqual({ room_id: again, connection_count: expect.any(Number) });
      await client.settled();
      expect(client.received('chat_message')).toEqual([]);
    }
  });
});
