import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import type { Json } from '../support/speaker.js';
import { CHAT, PAIRS, SALON } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { heardSince, said, type Scene } from './support/said.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const reactionWording: Record<string, (scene: Scene, by: TestUser, emoji: string) => Json> = {
  chat: ({ id, messageId }, by, emoji) => ({
    ...{ messageId, conversationId: id, timestamp: INSTANT },
    reactions: { [emoji]: [by.id] },
  }),
  salon: ({ id, messageId }, by, emoji) => ({
    ...{ id: null, room: id, user_id: by.id, username: by.name, content: emoji },
    ...{ message_type: 'reaction', reply_to: messageId, created_at: INSTANT },
  }),
};

describe.each(PAIRS.filter(([, , from]) => from.says.has('reaction')))(
  'a reaction from %s to %s',
  (...[, toName, from, to]) => {
    it('is told where there is a word for it, once however often it is repeated', async () => {
      const scene = await said(app, to);
      const { id, alice, messageId } = scene;
      const speaker = await from.connect(app, alice);
      await speaker.join(id);
      for (const _ of [1, 2, 3]) await speaker.react(id, messageId, '👍');
      await speaker.settled();
      const told = (await heardSince(scene)).filter(({ kind }) => kind !== 'presence');
      const wording = reactionWording[toName]?.(scene, alice, '👍');
      expect(told.map(({ wire }) => wire)).toStrictEqual(wording ? [wording] : []);
    });
  },
);

describe('reactions', () => {
  it('all of them stand together, whichever dialect they came by', async () => {
    const scene = await said(app, CHAT);
    const { id, alice, chat, messageId, reader } = scene;
    const salon = await app.salon(alice);
    const reaction = { content: '🎉', message_type: 'reaction', reply_to: messageId };
    salon.send('room_message', { room: id, ...reaction });
    await reader.hears('reaction');
    await chat.expect('message:react', { messageId, emoji: '👍' });
    const last = await reader.hears('reaction', ({ wire }) => '👍' in (wire.reactions as Json));
    const reactions = { '🎉': [alice.id], '👍': [alice.id] };
    expect(last.wire.reactions).toEqual(reactions);
    const page = await salon.request('room_history', { room: id }, 'message_history');
    expect(page.messages).toMatchObject([{ id: messageId, reactions }]);
  });

  it('that are taken back in chat are no news in salon; given again, they are', async () => {
    const scene = await said(app, SALON);
    const { alice, chat, messageId } = scene;
    await chat.expect('message:react', { messageId, emoji: '👍' });
    await chat.expect('message:unreact', { messageId, emoji: '👍' });
    await chat.expect('message:react', { messageId, emoji: '👍' });
    const told = await heardSince(scene);
    const wording = reactionWording.salon?.(scene, alice, '👍');
    expect(told.map(({ wire }) => wire)).toStrictEqual([wording, wording]);
  });

  it('to a direct message cross in its own form', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.salon(alice), await app.salon(bob)];
    const chat = await app.connect(bob);
    a.send('direct_message', { to_user_id: bob.id, content: 'hello' });
    const { id: messageId } = await b.next('direct_message');
    await chat.join(`private_${alice.id}_${bob.id}`);
    await chat.expect('message:react', { messageId, emoji: '👍' });
    const reaction = { message_type: 'reaction', content: '👍', reply_to: messageId };
    const isReaction = (data: Json) => data.message_type === 'reaction';
    for (const client of [a, b]) {
      const told = await client.next('direct_message', isReaction);
      expect(told).toMatchObject({ ...reaction, from_user_id: bob.id, to_user_id: alice.id });
    }
    a.send('direct_message', { to_user_id: bob.id, ...reaction });
    const isBoth = (event: Json) =>
      (event.reactions as Record<string, unknown[]>)['👍']?.length === 2;
    await chat.next('message:reaction', isBoth);
    for (const client of [a, b]) {
      const told = await client.next('direct_message', isReaction);
      expect(told).toMatchObject({ ...reaction, from_user_id: alice.id, to_user_id: bob.id });
    }
  });
});
