import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT, POSITIVE } from '../support/chat-shapes.js';
import { samplesOf } from '../support/documents.js';
import type { FrameClient } from '../support/frame-client.js';
import {
  ALICE,
  asDocumented,
  BOB,
  CLIENT,
  documentedScene,
  joinAll,
  ROOM,
  say,
  SERVER,
} from '../support/salon-samples.js';
import { messagesOf } from '../support/salon-shapes.js';

type Json = Record<string, unknown>;

let app: TestApp;
let alice: FrameClient;
let bob: FrameClient;

beforeEach(async () => {
  app = await startApp();
  ({ alice, bob } = await documentedScene(app));
});
afterEach(() => app.stop());

/** The whole frame that comes next of that type. */
async function frameOf(client: FrameClient, type: string): Promise<Json> {
  const data = await client.next(type);
  return client.frames.find((frame) => frame.data === data) ?? {};
}

describe('frames of document 4, each sent and received whole as it stands there', () => {
  it('join_room and its answer', async () => {
    const answer = samplesOf('salon', 'json').find((json) => json.includes('join_room_ack')) ?? '';
    say(bob, CLIENT.join);
    const frame = await frameOf(bob, 'join_room_ack');
    expect(frame).toStrictEqual(asDocumented(JSON.parse(answer)));
  });

  it('room_message, to everyone joined and to its sender', async () => {
    await joinAll(alice, bob);
    say(alice, CLIENT.roomMessage);
    for (const client of [alice, bob]) {
      const frame = await frameOf(client, 'room_message');
      expect(frame).toStrictEqual(asDocumented(SERVER.roomMessage));
    }
  });

  it('direct_message, without anyone having joined anything', async () => {
    say(alice, CLIENT.directMessage);
    for (const client of [alice, bob]) {
      const frame = await frameOf(client, 'direct_message');
      expect(frame).toStrictEqual(asDocumented(SERVER.directMessage));
    }
  });

  it('room_history and message_history', async () => {
    await joinAll(alice, bob);
    const [first, second] = messagesOf(SERVER.history.data as Json);
    for (const [client, sample] of [
      [alice, first],
      [bob, second],
    ] as const) {
      client.send('room_message', { room: ROOM, content: sample?.content });
      await client.next('room_message', ({ content }) => content === sample?.content);
    }
    say(bob, CLIENT.roomHistory);
    const frame = await frameOf(bob, 'message_history');
    expect(frame).toStrictEqual(asDocumented(SERVER.history));
  });

  it('dm_history, answered as the history of a room is, but for whom it is with', async () => {
    say(alice, CLIENT.directMessage);
    await alice.next('direct_message');
    say(alice, CLIENT.directHistory);
    const { content, message_type } = CLIENT.directMessage.data as Json;
    const message = { id: POSITIVE, user_id: ALICE.id, username: ALICE.name, created_at: INSTANT };
    expect(await frameOf(alice, 'message_history')).toStrictEqual({
      type: 'message_history',
      data: {
        with_user: BOB.id,
        messages: [{ ...message, content, message_type }],
        total: 1,
        has_more: false,
      },
      timestamp: INSTANT,
    });
  });

  it('ping and pong', async () => {
    say(bob, CLIENT.ping);
    expect(await frameOf(bob, 'pong')).toStrictEqual(asDocumented(SERVER.pong));
  });

  it('user_connected and user_disconnected', async () => {
    say(bob, CLIENT.join);
    await bob.next('join_room_ack');
    say(alice, CLIENT.join);
    expect(await frameOf(bob, 'user_connected')).toStrictEqual(asDocumented(SERVER.connected));
    alice.close();
    const frame = await frameOf(bob, 'user_disconnected');
    expect(frame).toStrictEqual(asDocumented(SERVER.disconnected));
  });

  it('an error, with the same code and details', async () => {
    const { code, details } = SERVER.error.data as Json;
    const { room } = details as { room: string };
    bob.send('join_room', { room });
    expect(await frameOf(bob, 'error')).toStrictEqual({
      type: 'error',
      data: { message: expect.any(String), code, details: { type: 'join_room', room } },
      timestamp: INSTANT,
    });
  });
});

it('every frame is one that the document’s Rust structure reads', async () => {
  await joinAll(alice, bob);
  say(alice, CLIENT.roomMessage);
  say(alice, CLIENT.directMessage);
  say(alice, { type: 'room_message', data: {} });
  await alice.next('error');
  await alice.settled();
  for (const { type, data, timestamp } of alice.frames) {
    expect(type).toEqual(expect.any(String));
    expect(data).toEqual(expect.any(Object));
    expect(timestamp).toEqual(INSTANT);
  }
});
