import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { jsonUnder } from '../support/documents.js';
import { tokenFor, type TestUser } from '../support/tokens.js';
import {
  ask,
  bareId,
  frameOf,
  join,
  MOMENT,
  say,
  send,
  type Json,
} from '../support/veza-shapes.js';

/** The users of document 3. */
const JOHN: TestUser = { id: 'user_123', name: 'john_doe' };
const ALICE: TestUser = { id: 'user_789', name: 'alice' };
const BOB: TestUser = { id: 'user_456', name: 'bob' };
const MODERATOR: TestUser = { id: 'mod_789', name: 'mod', roles: ['moderator'] };
const ROOM = 'room_123';

const SERVER = {
  welcome: jsonUnder('veza', 'Authentification Réussie'),
  refusal: jsonUnder('veza', 'Authentification Échouée'),
  joined: jsonUnder('veza', 'Salon Rejoint'),
  message: jsonUnder('veza', 'Nouveau Message dans le Salon'),
  privateMessage: jsonUnder('veza', 'Message Privé Reçu'),
  moderated: jsonUnder('veza', 'Message Modéré'),
  error: jsonUnder('veza', "Structure d'Erreur"),
};

const dataOf = ({ data }: Json): Json => data as Json;

/** A sample with whatever the server chooses left open: times, and the ids of frames. */
function asDocumented({ type, data, id }: Json, more: Json = {}): Json {
  const isOfMessage = dataOf({ data }).message_id === id;
  return {
    type,
    id: isOfMessage ? id : expect.any(String),
    timestamp: MOMENT,
    data: { ...withMoments(data as Json), ...more },
  };
}

const withMoments = (data: Json): Json =>
  Object.fromEntries(
    Object.entries(data).map(([field, value]) => {
      if (field === 'timestamp') return [field, MOMENT];
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [field, isObject ? withMoments(value as Json) : value];
    }),
  );

let app: TestApp;
/** The next message has this id. */
const nextMessage = (id: number) =>
  app.database.query("SELECT setval('message_ids', $1)", [id - 1]);

beforeEach(async () => {
  app = await startApp();
  // The document's room has the number 123.
  const sequence = "pg_get_serial_sequence('conversations', 'id')";
  await app.database.query(`SELECT setval(${sequence}, 122)`);
  const { room_name: title, room_type: type } = dataOf(SERVER.joined);
  expect(await app.conversation([ALICE], { type, title })).toBe(123);
});
afterEach(() => app.stop());

async function joined(user: TestUser) {
  const client = await app.veza(user);
  await join(client, ROOM);
  return client;
}

describe('frames of document 3, each received whole as it stands there', () => {
  it('auth_success', async () => {
    const client = app.dialRaw(`/ws?token=${await tokenFor(JOHN)}`);
    const frame = await frameOf(client, 'auth_success');
    const session_id = expect.stringMatching(/./);
    expect(frame).toStrictEqual(asDocumented(SERVER.welcome, { session_id }));
  });

  it('auth_error, in other words', async () => {
    const client = app.dialRaw('/ws?token=bad');
    const frame = await frameOf(client, 'auth_error');
    const message = expect.any(String);
    expect(frame).toStrictEqual(asDocumented(SERVER.refusal, { message }));
  });

  it('room_joined, of a room where fifteen are online', async () => {
    const { users_online, last_message } = dataOf(SERVER.joined) as {
      users_online: number;
      last_message: Json;
    };
    const alice = await joined(ALICE);
    for (let n = 2; n < users_online; n++) await joined({ id: `other_${n}`, name: `other ${n}` });
    await nextMessage(456);
    await send(alice, ROOM, { content: last_message.content });
    const john = await app.veza(JOHN);
    john.send('join_room', { room_id: ROOM });
    expect(await frameOf(john, 'room_joined')).toStrictEqual(asDocumented(SERVER.joined));
  });

  it('message_received', async () => {
    const [john, bob] = [await joined(JOHN), await joined(BOB)];
    await nextMessage(789);
    const { content } = dataOf(SERVER.message);
    bob.send('message', { room_id: ROOM, content });
    for (const client of [john, bob]) {
      const frame = await frameOf(client, 'message_received');
      expect(frame).toStrictEqual(asDocumented(SERVER.message));
    }
  });

  it('private_message, with more fields', async () => {
    const writer = { id: String(dataOf(SERVER.privateMessage).sender_id), name: 'alice' };
    const [john, alice] = [await app.veza(JOHN), await app.veza(writer)];
    await nextMessage(123);
    const { content } = dataOf(SERVER.privateMessage);
    say(alice, 'message', { recipient_id: JOHN.id, content });
    const more = { room_id: `private_${JOHN.id}_${writer.id}`, message_id: 'msg_123' };
    const lists = { mentions: [], attachments: [] };
    const frame = await frameOf(john, 'private_message');
    expect(frame).toStrictEqual(asDocumented(SERVER.privateMessage, { ...more, ...lists }));
    expect(frame.id).toBe(SERVER.privateMessage.id);
  });

  it('moderation_action of a deleted message, for our reason', async () => {
    const [john, bob] = [await joined(JOHN), await joined(BOB)];
    await nextMessage(456);
    const message = await send(bob, ROOM, { content: 'insult' });
    await (await app.as(MODERATOR)).delete(`/messages/${bareId(message)}`);
    for (const client of [john, bob]) {
      const frame = await frameOf(client, 'moderation_action');
      const reason = 'removed_by_moderator';
      expect(frame).toStrictEqual(asDocumented(SERVER.moderated, { reason }));
    }
  });

  it('error, with what is known and nothing that is not', async () => {
    const john = await app.veza(JOHN);
    const errors = [
      await ask(john, 'join_room', { room_id: 'nowhere' }, 'error'),
      await ask(john, 'join_room', {}, 'error'),
    ];
    // Beside the document's sentence, for programs.
    const known = [...Object.keys(dataOf(SERVER.error)), 'fields'];
    for (const error of errors) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(error)));
      for (const field of ['code', 'error_type', 'message', 'suggestion']) {
        expect(typeof error[field]).toBe(typeof dataOf(SERVER.error)[field]);
      }
    }
    expect(typeof errors[1]?.details).toBe('string');
  });
});
