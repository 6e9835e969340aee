import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ChatSpeaker } from '../support/chat-speaker.js';
import { LIVE, speaking } from '../support/speakers.js';
import {
  ALMOST_AN_HOUR,
  edits,
  inLive,
  ofClass,
  refusalsOf,
  sends,
  signs,
  typing,
  wordedAs,
} from './support/refusals.js';
import { commotion, listenTo, PLACES, sanction, sceneIn } from './support/sanctioning.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe.each(PLACES)('a mute in a %s', (place) => {
  it.each([
    ['for ever', 0, undefined],
    ['for an hour', 60, ALMOST_AN_HOUR],
  ])('refuses whatever others would see, %s', async (_, minutes, wait) => {
    const scene = await sceneIn(app, place);
    const { id, admin, writers, target, targets } = scene;
    const { id: own } = await speaking('chat', targets).say(id, 'as it was');
    const { id: others } = await speaking('chat', writers).say(id, 'something');
    await sanction(admin, 'mute', target, minutes);
    const heard = await listenTo([admin, ...writers]);
    const refusals = await refusalsOf(
      ...[await sends(app, scene), edits(scene, own), signs(scene, others)],
      ...[typing(scene), inLive(scene)],
    );
    expect(refusals).toEqual(wordedAs(refusals, 'MUTED', wait));
    expect(await heard()).toEqual([]);
  });

  it('lets its target read on: what is said, and what was said before', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    await sanction(admin, 'mute', target);
    const last = await commotion(id, writers);
    for (const speaker of targets) await speaker.hearsMessage(last);
    const { client } = ofClass(targets, ChatSpeaker);
    const again = await client.join(id, 0);
    expect(again.missed).toContainEqual(expect.objectContaining({ id: last }));
    await client.expect('message:read', { messageId: last });
    const history = await client.expect('conversation:history', { conversationId: id });
    expect(history.messages).toContainEqual(expect.objectContaining({ id: last }));
    const { status } = await (await app.as(target)).get(`/conversations/${id}/messages`);
    expect(status).toBe(200);
    for (const name of ['veza', 'salon', 'live'] as const) await speaking(name, targets).join(id);
    const newcomer = await LIVE.connect(app, target);
    await newcomer.join(id);
    await newcomer.hearsMessage(await commotion(id, writers));
  });

  it('ends what its target was typing', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    await speaking('chat', targets).type(id, true);
    const chat = speaking('chat', writers);
    await chat.hears('typing', ({ isTyping }) => isTyping === true);
    await sanction(admin, 'mute', target);
    const end = await chat.hears('typing', ({ isTyping }) => isTyping === false);
    expect(end).toMatchObject({ user: target.name, conversation: id });
  });

  it('ends when its time is over', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    await sanction(admin, 'mute', target, 60);
    const expire = 'UPDATE sanctions SET expires_at = clock_timestamp() WHERE conversation_id = $1';
    await app.database.query(expire, [id]);
    for (const speaker of targets) {
      const { id: said } = await speaker.say(id, 'I may speak');
      for (const writer of writers) await writer.hearsMessage(said);
    }
  });
});
