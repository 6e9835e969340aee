import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE } from '../../src/transport/raw/raw-dialect.js';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import {
  asDocumented,
  CLIENT,
  CLOSE_CODES,
  sample,
  SERVER,
  STATS,
} from '../support/live-samples.js';
import { frameOf, newSlug, roomIdOf } from '../support/live-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

type Json = Record<string, unknown>;

/** The document's users. */
const JOHN: TestUser = { id: 123, name: 'john_doe', roles: ['admin'] };
const JANE: TestUser = { id: 456, name: 'jane_doe' };
const TARGET: TestUser = { id: 789, name: 'target' };

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** Sends the sample as it stands. */
const say = (client: FrameClient, type: string) => client.raw(JSON.stringify(sample(CLIENT, type)));

/** John and jane in a room of theirs, each of whom knows of the other. */
async function together() {
  const place = `room/${newSlug()}`;
  const john = await app.live(JOHN, place);
  const jane = await app.live(JANE, place);
  const joined = await frameOf(john, 'user_joined');
  return { place, john, jane, joined, room: roomIdOf(john) };
}

describe('frames of document 5, each sent and received whole as it stands there', () => {
  it('room_joined, to the newcomer', async () => {
    const { place } = await together();
    for (const _ of range(3, 4)) await app.live(null, place);
    const fifth = await app.live(TARGET, place);
    expect(fifth.frames[0]).toStrictEqual(
      asDocumented(sample(SERVER, 'room_joined'), { room_id: roomIdOf(fifth) }),
    );
  });

  it('chat_message, to everyone and to its sender', async () => {
    const { john, jane, room } = await together();
    say(john, 'chat_message');
    for (const client of [john, jane]) {
      expect(await frameOf(client, 'chat_message')).toStrictEqual(
        asDocumented(sample(SERVER, 'chat_message'), { room_id: room }),
      );
    }
  });

  it('user_joined and user_left, to the others', async () => {
    const { john, jane, joined } = await together();
    expect(joined).toStrictEqual(asDocumented(sample(SERVER, 'user_joined')));
    jane.close();
    expect(await frameOf(john, 'user_left')).toStrictEqual(
      asDocumented(sample(SERVER, 'user_left')),
    );
  });

  it('typing_start and typing_stop, to the others', async () => {
    const { john, jane } = await together();
    for (const type of ['typing_start', 'typing_stop']) {
      say(john, type);
      expect(await frameOf(jane, type)).toStrictEqual(asDocumented(sample(SERVER, type)));
    }
  });

  it('moderation_action', async () => {
    const { john, jane, place } = await together();
    const target = await app.live(TARGET, place);
    const documented = sample(SERVER, 'moderation_action');
    const { target_user_id } = documented.data as Json;
    const action = sample(CLIENT, 'moderation_action').data as Json;
    john.send('moderation_action', { ...action, target_user_id });
    for (const client of [john, jane, target]) {
      expect(await frameOf(client, 'moderation_action')).toStrictEqual(asDocumented(documented));
    }
  });

  it('moderation_action as a client sends it there', async () => {
    const { jane, place } = await together();
    const ruler = await app.live(someone('ruler', ['superuser']), place);
    say(ruler, 'moderation_action');
    const { data } = sample(CLIENT, 'moderation_action');
    expect(await jane.next('moderation_action')).toMatchObject(data as Json);
  });

  it('ping and pong', async () => {
    const { jane } = await together();
    say(jane, 'ping');
    expect(await frameOf(jane, 'pong')).toStrictEqual(asDocumented(sample(SERVER, 'pong')));
  });

  it('error, with its code beside the text, for the placeholder of a type', async () => {
    const { jane } = await together();
    say(jane, 'MESSAGE_TYPE');
    const { type, data } = await frameOf(jane, 'error');
    expect(type).toBe(sample(SERVER, 'error').type);
    expect(Object.keys(sample(SERVER, 'error').data as Json)).toEqual(['message']);
    expect(data).toMatchObject({ message: expect.any(String), code: 'VALIDATION_FAILED' });
  });
});

it('GET /monitoring/chat/stats answers as it stands there', async () => {
  const { room } = await together();
  const { body } = await (await app.as(JOHN)).get('/monitoring/chat/stats');
  expect(Object.keys(body as Json)).toEqual(Object.keys(STATS));
  expect((body as typeof STATS).rooms).toMatchObject({ [room]: 2 });
});

it('its close codes are those of the service', () => {
  const codes = new Set<number>(Object.values(CLOSE).map(({ code }) => code));
  // 1000 is what clients close with.
  expect(CLOSE_CODES.filter((code) => !codes.has(code))).toEqual([1000]);
});
