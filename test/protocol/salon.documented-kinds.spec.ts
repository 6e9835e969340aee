import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { jsonUnder, samplesOf } from '../support/documents.js';
import type { FrameClient } from '../support/frame-client.js';
import { ALICE, documentedScene, joinAll, ROOM } from '../support/salon-samples.js';
import { messagesOf } from '../support/salon-shapes.js';

type Json = Record<string, unknown>;

let app: TestApp;
let alice: FrameClient;
let bob: FrameClient;

beforeEach(async () => {
  app = await startApp();
  ({ alice, bob } = await documentedScene(app));
  await joinAll(alice, bob);
});
afterEach(() => app.stop());

describe('kinds of messages of document 4, with their fields as they stand there', () => {
  it.each([
    ['text', 'Messages Texte'],
    ['media', 'Messages avec Média'],
    ['audio', 'Messages Audio'],
  ])('%s', async (_, heading) => {
    const fields = jsonUnder('salon', heading);
    alice.send('room_message', { room: ROOM, ...fields });
    expect(await bob.next('room_message')).toMatchObject({ room: ROOM, ...fields });
  });

  it('a reaction to the message with the id that stands there', async () => {
    const fields = jsonUnder('salon', 'Messages de Réaction');
    const isReactedTo = ({ id }: Json) => id === fields.reply_to;
    for (let n = 1; n <= Number(fields.reply_to); n++) {
      alice.send('room_message', { room: ROOM, content: `message ${n}` });
    }
    await bob.next('room_message', isReactedTo);
    alice.send('room_message', { room: ROOM, ...fields });
    const reaction = await bob.next('room_message', ({ id }) => id === null);
    expect(reaction).toMatchObject({ room: ROOM, ...fields });
    const range = { room: ROOM, limit: 100 };
    const history = await bob.request('room_history', range, 'message_history');
    expect(messagesOf(history).find(isReactedTo)).toMatchObject({
      reactions: { '👍': [ALICE.id] },
    });
  });

  it('a batch, in the form that stands there', async () => {
    const sample = samplesOf('salon', 'json').find((json) => json.includes('message_batch')) ?? '';
    const json = sample.replace(/\/\* (message \d) \*\//g, (_, content: string) =>
      JSON.stringify({ room: ROOM, content }).slice(1, -1),
    );
    alice.raw(json);
    for (const content of ['message 1', 'message 2']) {
      expect(await bob.next('room_message')).toMatchObject({ content });
    }
  });
});
