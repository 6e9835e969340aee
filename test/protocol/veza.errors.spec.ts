import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERRORS } from '../../src/core/core.errors.js';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { someone, tokenFor } from '../support/tokens.js';
import { errorOf } from '../support/veza-errors.js';
import {
  anAnswer,
  answerTo,
  ask,
  frameOf,
  gatherVeza,
  join,
  say,
  send,
} from '../support/veza-shapes.js';

const SECONDS = expect.any(Number);
const after = cleanups();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    MAX_MESSAGE_LENGTH: '50',
    RATE_LIMIT_VEZA: '5/1m',
    UPLOAD_MAX_BYTES: '100',
  });
});
afterAll(() => app.stop());

it('1000 connection_error: nothing can be stored, and nothing is told of why', async () => {
  const stranded = await startApp();
  after.add(() => stranded.stop());
  const { room, clients } = await gatherVeza(stranded, ['alice']);
  await stranded.database.drop();
  const request = say(clients[0], 'message', { room_id: room, content: 'x' });
  const { text } = ERRORS.UNAVAILABLE;
  expect(await answerTo(clients[0], request, 'error')).toStrictEqual(
    anAnswer(request, 'error', errorOf(1000, text)),
  );
  await clients[0].settled();
});

it('1001 authentication_error: the token of a live connection has expired, and it is closed', async () => {
  const client = app.dialRaw(`/ws?token=${await tokenFor(someone('late'), { expiresIn: 2 })}`);
  await client.next('auth_success');
  const error = await client.next('error');
  expect(error).toStrictEqual(errorOf(1001, ERRORS.AUTH_FAILED.text));
  expect(await client.closed()).toEqual({ code: 1008, reason: 'authentication failed' });
});

it('1002 authorization_error: whoever takes no part', async () => {
  const { room } = await gatherVeza(app, ['alice']);
  const bob = await app.veza(someone('bob'));
  const text = 'You do not take part in this conversation.';
  for (const [type, data] of [
    ['join_room', {}],
    ['message', { content: 'x' }],
    ['typing_start', {}],
    ['file_upload', { file_name: 'x', content: 'eA==' }],
  ] as const) {
    const error = await ask(bob, type, { room_id: room, ...data }, 'error');
    expect(error).toStrictEqual(errorOf(1002, text));
  }
});

it('1003 rate_limit_error: more than the user may send over all sockets, with retry_after', async () => {
  const { room, users, clients } = await gatherVeza(app, ['alice', 'bob']);
  const second = await app.veza(users[0]);
  for (const client of [clients[0], second, clients[0], second, clients[0]]) {
    await send(client, room, { content: 'one of five' });
  }
  for (const client of [clients[0], second]) {
    const data = { room_id: room, content: 'one too many' };
    const error = await ask(client, 'message', data, 'error');
    const { text } = ERRORS.RATE_LIMITED;
    expect(error).toStrictEqual(errorOf(1003, text, { retry_after: SECONDS }));
    expect(Number.isInteger(error.retry_after)).toBe(true);
    expect(error.retry_after).toBeGreaterThanOrEqual(1);
    expect(error.retry_after).toBeLessThanOrEqual(60);
    // All else goes on.
    await join(client, room);
  }
  await send(clients[1], room, { content: 'mine are others' });
});

it('1004 room_not_found', async () => {
  const alice = await app.veza(someone('alice'));
  for (const [type, data] of [
    ['join_room', {}],
    ['leave_room', {}],
    ['message', { content: 'x' }],
    ['typing_start', {}],
    ['typing_stop', {}],
    ['file_upload', { file_name: 'x', content: 'eA==' }],
  ] as const) {
    const error = await ask(alice, type, { room_id: 'nowhere', ...data }, 'error');
    expect(error).toStrictEqual(errorOf(1004, ERRORS.CONVERSATION_NOT_FOUND.text));
  }
});

it('1005 message_too_long: counted as people do, one emoji as one', async () => {
  const { room, clients } = await gatherVeza(app, ['alice']);
  await send(clients[0], room, { content: '😀'.repeat(50) });
  const data = { room_id: room, content: '😀'.repeat(51) };
  const error = await ask(clients[0], 'message', data, 'error');
  const text = 'The message is too long: at most 50 characters.';
  expect(error).toStrictEqual(errorOf(1005, text));
});

it('1006 file_too_large', async () => {
  const { room, clients } = await gatherVeza(app, ['alice']);
  const upload = (bytes: number) => ({
    room_id: room,
    file_name: 'notes.txt',
    content: Buffer.alloc(bytes, 'x').toString('base64'),
  });
  const accepted = await ask(clients[0], 'file_upload', upload(100), 'file_download');
  expect(accepted).toMatchObject({ size: 100 });
  const error = await ask(clients[0], 'file_upload', upload(101), 'error');
  const text = expect.stringContaining('too large');
  expect(error).toStrictEqual(errorOf(1006, text));
});

it('1007 invalid_message_format: names the fields, in a sentence and for programs', async () => {
  const { room, clients } = await gatherVeza(app, ['alice']);
  const data = { room_id: room, content: 5, mentions: 'bob' };
  const error = await ask(clients[0], 'message', data, 'error');
  const fields = error.fields as { field: string; rules: string[] }[];
  expect(fields.map(({ field }) => field).toSorted()).toEqual(['content', 'mentions']);
  const details = fields.map(({ field, rules }) => `${field} ${rules.join(', ')}`).join('; ');
  const { text } = ERRORS.VALIDATION_FAILED;
  expect(error).toStrictEqual(errorOf(1007, text, { details, fields }));
});

it('1009 room_full, until somebody leaves', async () => {
  const fields = { type: 'public', maxParticipants: 2 };
  const { id, room, users } = await gatherVeza(app, ['alice', 'bob'], fields);
  const carol = await app.veza(someone('carol'));
  const error = await ask(carol, 'join_room', { room_id: room }, 'error');
  expect(error).toStrictEqual(errorOf(1009, ERRORS.CONVERSATION_FULL.text));
  await (await app.as(users[1])).delete(`/conversations/${id}/participants/${users[1].id}`);
  await join(carol, room);
});

it('1010 server_error: our fault, and nothing is told of what it was', async () => {
  const broken = await startApp();
  after.add(() => broken.stop());
  const { room, clients } = await gatherVeza(broken, ['alice']);
  const { message_id } = await send(clients[0], room, { content: 'x' });
  await broken.database.query('ALTER TABLE reports RENAME TO elsewhere');
  const data = { message_id, reason: 'spam' };
  const error = await ask(clients[0], 'report_message', data, 'error');
  expect(error).toStrictEqual(errorOf(1010, ERRORS.INTERNAL.text));
});

it('an error leaves the connection as it was', async () => {
  const { room, clients } = await gatherVeza(app, ['alice']);
  say(clients[0], 'message', { room_id: room });
  await frameOf(clients[0], 'error');
  await send(clients[0], room, { content: 'still here' });
});
