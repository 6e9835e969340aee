import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { newSlug, PSEUDONYM, roomIdOf, speak } from '../support/live-shapes.js';
import type { Json } from '../support/speaker.js';
import { DIALECTS, LIVE, named, type Dialect, type DialectName } from '../support/speakers.js';
import { someone } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const OTHERS = named(DIALECTS.filter((dialect) => dialect !== LIVE));

const IN_SNAKE_CASE: Json = { user_id: null, username: PSEUDONYM };
const IN_CAMEL_CASE: Json = { userId: null, username: PSEUDONYM };
const AS_SENDER: Json = { senderId: null, senderName: PSEUDONYM };

/** How each is told who it was: nobody. */
const NOBODY: Record<DialectName, { readonly says: Json; readonly does: Json }> = {
  chat: { says: { message: AS_SENDER }, does: IN_CAMEL_CASE },
  root: { says: IN_CAMEL_CASE, does: IN_CAMEL_CASE },
  veza: { says: { data: IN_SNAKE_CASE }, does: { data: IN_SNAKE_CASE } },
  salon: { says: IN_SNAKE_CASE, does: IN_SNAKE_CASE },
  live: { says: { data: IN_SNAKE_CASE }, does: { data: IN_SNAKE_CASE } },
};

/** A room with a visitor in it, and a user who reads along there in that dialect. */
async function visited(dialect: Dialect) {
  const place = `room/${newSlug()}`;
  const visitor = await app.live(null, place);
  const id = roomIdOf(visitor);
  const reader = await dialect.connect(app, someone('reader'));
  await reader.join(id);
  // Who speaks root is in a live room once it has spoken there.
  const { id: messageId } = await reader.say(id, 'Who is there?');
  const heard = await visitor.next('chat_message');
  expect(heard).toMatchObject({ id: messageId, user_id: reader.user.id, username: 'reader' });
  // On another node, who comes to a room may hear of comings a moment later.
  await reader.settled();
  return { place, id, visitor, reader };
}

describe.each(OTHERS)('a visitor without a token, as %s is told of it,', (name, dialect) => {
  it('speaks and types as nobody', async () => {
    const { visitor, reader } = await visited(dialect);
    visitor.send('typing_start', {});
    await speak(visitor, 'Nobody');
    const message = await reader.hears('message', ({ text }) => text === 'Nobody');
    expect(message.wire).toMatchObject(NOBODY[name].says);
    await reader.settled();
    const typing = reader.heard('typing').map(({ wire }) => wire);
    const { does } = NOBODY[name];
    expect(typing).toMatchObject(dialect.hears.has('typing') ? [does, does] : []);
    expect(JSON.stringify(reader.log)).not.toContain('anonymous:');
  });

  it('comes and goes as nobody, where that is told per room, and else unseen', async () => {
    const { place, visitor, reader } = await visited(dialect);
    const next = await app.live(null, place);
    await visitor.next('user_joined', ({ user_id }) => user_id === null);
    next.close();
    await visitor.next('user_left', ({ user_id }) => user_id === null);
    await reader.settled();
    const seen = reader.heard('presence').map(({ wire }) => wire);
    const { does } = NOBODY[name];
    expect(seen).toMatchObject(name === 'salon' ? [does, does] : []);
    expect(JSON.stringify(reader.log)).not.toContain('anonymous:');
  });
});

describe('what is asked about a live room', () => {
  it('counts no visitor among the users who are online', async () => {
    const visitor = await app.live(null, `room/${newSlug()}`);
    const conversationId = roomIdOf(visitor);
    const user = someone('user');
    const chat = await app.connect(user);
    expect(await chat.join(conversationId)).toMatchObject({ onlineUsers: [user.id] });
    const online = await chat.expect('conversation:users:online', { conversationId });
    expect(online.onlineUsers).toEqual([user.id]);
    const veza = await app.veza(user);
    const joined = await veza.request('join_room', { room_id: conversationId }, 'room_joined');
    expect(joined.users_online).toBe(1);
  });

  it('shows messages of visitors as nobody’s', async () => {
    const visitor = await app.live(null, `room/${newSlug()}`);
    const id = roomIdOf(visitor);
    await speak(visitor, 'Remember me');
    const user = someone('user');
    const [chat, veza] = [await app.connect(user), await app.veza(user)];
    const salon = await app.salon(user);
    const { messages } = await chat.expect('conversation:history', { conversationId: id });
    expect(messages).toMatchObject([{ content: 'Remember me', ...AS_SENDER }]);
    const joined = await veza.request('join_room', { room_id: id }, 'room_joined');
    expect(joined.last_message).toMatchObject({ content: 'Remember me', ...IN_SNAKE_CASE });
    const history = await salon.request('room_history', { room: id }, 'message_history');
    expect(history.messages).toMatchObject([{ content: 'Remember me', ...IN_SNAKE_CASE }]);
    for (const log of [await chat.settled(), await veza.settled(), await salon.settled()]) {
      expect(JSON.stringify(log)).not.toContain('anonymous:');
    }
  });
});
