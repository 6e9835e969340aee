import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { textOf } from '../support/documents.js';
import type { FrameClient } from '../support/frame-client.js';
import { tokenFor, type TestUser } from '../support/tokens.js';
import {
  aFrame,
  anAnswer,
  anError,
  answerTo,
  bareId,
  frameOf,
  gatherVeza,
  inRoom,
  MESSAGE_ID,
  MOMENT,
  say,
  send,
  userData,
  type Frame,
  type Json,
} from '../support/veza-shapes.js';

let app: TestApp;
let room: string;
let alice: TestUser;
let bob: TestUser;
let a: FrameClient;
let b: FrameClient;

beforeAll(async () => {
  app = await startApp({ PING_INTERVAL_MS: '200' });
});
beforeEach(async () => {
  const gathering = await gatherVeza(app, ['alice', 'bob']);
  ({ room } = gathering);
  [alice, bob] = gathering.users;
  [a, b] = gathering.clients;
});
afterAll(() => app.stop());

async function expectAnswer(
  type: string,
  data: unknown,
  answer: string,
  told: unknown,
  id?: unknown,
) {
  const request = say(a, type, data);
  expect(await answerTo(a, request, answer)).toStrictEqual(anAnswer(request, answer, told, id));
}

const about = () => ({ room_id: room });
const typing = (isTyping: boolean): Json => ({
  ...about(),
  ...userData(alice),
  is_typing: isTyping,
  isTyping,
});
const welcome = (user: TestUser): Json => ({
  ...userData(user),
  roles: ['user'],
  permissions: ['read:chat', 'write:chat'],
  session_id: expect.any(String),
});
const file = { file_name: 'a.txt', mime_type: 'text/plain', content: 'Qm9uam91cg==' };
const download: Json = {
  file_id: expect.any(String),
  url: expect.stringMatching(/^\/uploads\//),
  file_name: 'a.txt',
  mime_type: 'text/plain',
  size: 7,
};

/** One for each row of the document's table. */
const CASES: Record<string, () => Promise<void>> = {
  auth: async () =>
    expectAnswer('auth', { token: await tokenFor(alice) }, 'auth_success', welcome(alice)),
  auth_success: async () => {
    const client = app.dialRaw(`/ws?token=${await tokenFor(bob)}`);
    const frame = await frameOf(client, 'auth_success');
    expect(frame).toStrictEqual(aFrame('auth_success', welcome(bob)));
  },
  auth_error: async () => {
    const refusal = { error: 'invalid_token', message: expect.any(String), code: 401 };
    const frame = await frameOf(app.dialRaw('/ws?token=bad'), 'auth_error');
    expect(frame).toStrictEqual(aFrame('auth_error', refusal));
  },
  join_room: () =>
    expectAnswer('join_room', about(), 'room_joined', {
      ...about(),
      room_name: room,
      room_type: 'private',
      users_online: 2,
      last_message: null,
    }),
  leave_room: () => expectAnswer('leave_room', about(), 'room_left', about()),
  message: async () => {
    const options = { message_type: 'text', reply_to: null, mentions: [], attachments: [] };
    const data = { ...about(), content: 'one', ...options };
    const told = inRoom(room, alice, { content: 'one' });
    await expectAnswer('message', data, 'message_received', told, MESSAGE_ID);
  },
  message_received: async () => {
    await send(a, room, { content: 'two' });
    const told = inRoom(room, alice, { content: 'two' });
    const frame = await frameOf(b, 'message_received');
    expect(frame).toStrictEqual(aFrame('message_received', told, MESSAGE_ID));
  },
  typing_start: async () => {
    say(a, 'typing_start', about());
    const frame = await frameOf(b, 'typing_indicator');
    expect(frame).toStrictEqual(aFrame('typing_indicator', typing(true)));
  },
  typing_stop: async () => {
    for (const type of ['typing_start', 'typing_stop']) say(a, type, about());
    const isLast = ({ data }: Frame) => data.is_typing === false;
    const frame = await frameOf(b, 'typing_indicator', isLast);
    expect(frame).toStrictEqual(aFrame('typing_indicator', typing(false)));
  },
  typing_indicator: async () => {
    say(b, 'typing_start', about());
    const { data } = await frameOf(a, 'typing_indicator');
    expect(data).toStrictEqual({ ...typing(true), ...userData(bob) });
  },
  read_receipt: async () => {
    const { message_id } = await send(b, room, { content: 'three' });
    say(a, 'read_receipt', { message_id });
    const told = { ...about(), message_id, user_id: String(alice.id), timestamp: MOMENT };
    const frame = await frameOf(b, 'read_receipt');
    expect(frame).toStrictEqual(aFrame('read_receipt', told));
  },
  file_upload: () =>
    expectAnswer('file_upload', { ...about(), ...file }, 'file_download', download),
  file_download: async () => {
    const request = say(a, 'file_upload', { ...about(), ...file });
    const { data } = await answerTo(a, request, 'file_download');
    const response = await fetch(`${app.url}${String(data.url)}?token=${await tokenFor(bob)}`);
    expect(await response.text()).toBe('Bonjour');
  },
  moderation_action: async () => {
    const message = await send(b, room, { content: 'insult' });
    // Alice owns the room.
    await (await app.as(alice)).delete(`/messages/${bareId(message)}`);
    const told = {
      action: 'message_deleted',
      message_id: message.message_id,
      reason: 'removed_by_moderator',
      moderator_id: String(alice.id),
      ...about(),
      ...userData(bob),
    };
    const frame = await frameOf(b, 'moderation_action');
    expect(frame).toStrictEqual(aFrame('moderation_action', told));
  },
  user_offline: async () => {
    b.close();
    expect(await frameOf(a, 'user_offline')).toStrictEqual(aFrame('user_offline', userData(bob)));
  },
  user_online: async () => {
    b.close();
    await a.next('user_offline');
    await app.veza(bob);
    expect(await frameOf(a, 'user_online')).toStrictEqual(aFrame('user_online', userData(bob)));
  },
  error: () =>
    expectAnswer('join_room', { room_id: 'nowhere' }, 'error', anError(1004, 'room_not_found')),
  ping: async () => {
    await expectAnswer('ping', {}, 'pong', {});
    // And the service’s own, at its intervals.
    expect(await frameOf(a, 'ping')).toStrictEqual(aFrame('ping', {}));
  },
  pong: async () => {
    const count = a.frames.filter(({ type }) => type === 'error').length;
    say(a, 'pong', {});
    // Nothing answers it.
    await expectAnswer('ping', {}, 'pong', {});
    expect(a.frames.filter(({ type }) => type === 'error')).toHaveLength(count);
  },
};

describe('every type in the table of document 3', () => {
  const types = [...textOf('veza').matchAll(/^\| `(\w+)` \| .* \| .*(?:→|Bidirectionnel).* \|$/gm)];

  it('has a case below', () => {
    expect(types.map(([, type]) => type).toSorted()).toEqual(Object.keys(CASES).toSorted());
  });

  it.each(Object.entries(CASES))('%s', (_, run) => run());
});
