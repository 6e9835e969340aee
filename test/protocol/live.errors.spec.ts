import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatError, type ErrorCode } from '../../src/core/core.errors.js';
import { failureFrame, refusal } from '../../src/dialects/live/live.errors.js';
import { startApp, type TestApp } from '../support/app.js';
import { cleanups } from '../support/cleanups.js';
import { FrameClient } from '../support/frame-client.js';
import { ERROR_TEXTS } from '../support/live-samples.js';
import {
  anError,
  dial,
  EMPTY,
  FORBIDDEN,
  gatherLive,
  newSlug,
  NOT_FOUND,
  speak,
} from '../support/live-shapes.js';
import { someone } from '../support/tokens.js';

/** What is told of each failure that the service knows, whether or not it happens here. */
const TEXTS: Record<ErrorCode, string> = {
  AUTH_FAILED: 'Invalid token',
  PERMISSION_DENIED: 'Access denied',
  BANNED: 'You are muted or banned',
  MUTED: 'You are muted or banned',
  CONVERSATION_NOT_FOUND: 'Room not found',
  MESSAGE_NOT_FOUND: 'Message not found',
  USER_NOT_FOUND: 'User not found',
  VALIDATION_FAILED: 'Invalid message format',
  MESSAGE_TOO_LONG: 'Message too long',
  CONTENT_REJECTED: 'Message rejected',
  CONFLICT: 'Conflict',
  CONVERSATION_FULL: 'Access denied',
  FILE_TOO_LARGE: 'File too large',
  RATE_LIMITED: 'Rate limit exceeded',
  UNAVAILABLE: 'Temporarily unavailable',
  INTERNAL: 'Server error',
};
const MAY_NOT_MODERATE = 'You do not have permission to moderate this room';

const CODES = Object.keys(TEXTS) as ErrorCode[];
const request = (event: string) => ({ event, payload: {} });

describe('every failure of the service', () => {
  it.each(CODES)('%s has its text, and its code beside it', (code) => {
    for (const asked of [null, request('chat_message')]) {
      const frame: unknown = JSON.parse(
        failureFrame(new ChatError(code, { retryAfter: 7 }), asked),
      );
      const data = anError(TEXTS[code], code, { retry_after: 7 });
      expect(frame).toStrictEqual({ type: 'error', data });
    }
  });

  it.each(CODES)('%s closes at the door with its code', (code) => {
    const error = new ChatError(code);
    const frame = failureFrame(error, null);
    const forbidden = ['PERMISSION_DENIED', 'CONVERSATION_FULL', 'BANNED'].includes(code);
    if (code === 'CONVERSATION_NOT_FOUND') {
      expect(refusal(error)).toEqual({ frame: null, status: NOT_FOUND });
    } else expect(refusal(error)).toEqual(forbidden ? { frame, status: FORBIDDEN } : null);
  });

  it('has a text of the document for each that stands there', () => {
    const told = new Set([...Object.values(TEXTS), EMPTY.message, MAY_NOT_MODERATE]);
    expect(ERROR_TEXTS.filter((text) => !told.has(text))).toEqual([]);
    expect(ERROR_TEXTS).toHaveLength(7);
  });

  it('that forbids to moderate says so', () => {
    const frame = failureFrame(new ChatError('PERMISSION_DENIED'), request('moderation_action'));
    const data = anError(MAY_NOT_MODERATE, 'PERMISSION_DENIED');
    expect(JSON.parse(frame)).toStrictEqual({ type: 'error', data });
  });
});

describe('what is our fault', () => {
  const after = cleanups();
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  it('says so, and nothing of what it was', async () => {
    const { clients } = await gatherLive(app, ['admin']);
    await app.database.query('ALTER TABLE sanctions RENAME TO elsewhere');
    after.add(() => app.database.query('ALTER TABLE elsewhere RENAME TO sanctions'));
    const error = await clients[0].request('chat_message', { message: 'x' }, 'error');
    expect(error).toStrictEqual(anError('Server error', 'INTERNAL'));
    await clients[0].settled();
  });

  it('at the door closes with 1011', async () => {
    await app.database.query('ALTER TABLE conversations RENAME TO elsewhere');
    after.add(() => app.database.query('ALTER TABLE elsewhere RENAME TO conversations'));
    const client = await dial(app, someone('alice'), newSlug());
    expect(await client.closed()).toMatchObject({ code: 1011 });
    expect(client.received('error')).toStrictEqual([anError('Server error', 'INTERNAL')]);
  });

  it('as long as nothing can be stored says that, and closes newcomers with 1013', async () => {
    const stranded = await startApp();
    after.add(() => stranded.stop());
    const { clients } = await gatherLive(stranded, ['alice']);
    await stranded.database.drop();
    const unavailable = anError('Temporarily unavailable', 'UNAVAILABLE');
    const error = await clients[0].request('chat_message', { message: 'x' }, 'error');
    expect(error).toStrictEqual(unavailable);
    await clients[0].settled();
    for (const user of [someone('bob'), null]) {
      const client = await dial(stranded, user, newSlug());
      expect(await client.closed()).toMatchObject({ code: 1013 });
      expect(client.received('error')).toStrictEqual([unavailable]);
    }
  });

  it('leaves the connection as it was', async () => {
    const { clients } = await gatherLive(app, ['alice']);
    expect(await clients[0].request('chat_message', { message: ' ' }, 'error')).toStrictEqual(
      EMPTY,
    );
    await speak(clients[0], 'still here');
  });
});

it('a service that stops closes with 1012', async () => {
  const leaving = await startApp();
  const url = `${leaving.url.replace('http', 'ws')}/chat/ws/room/${newSlug()}`;
  const clients = [new FrameClient(url), new FrameClient(url)];
  for (const client of clients) await client.next('room_joined');
  await leaving.stop();
  for (const client of clients) expect(await client.closed()).toMatchObject({ code: 1012 });
});
