import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { INSTANT } from '../support/chat-shapes.js';
import type { FrameClient } from '../support/frame-client.js';
import type { Json, Kind, Speaker } from '../support/speaker.js';
import { CHAT, DIALECTS, PAIRS, SALON, type Dialect } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

interface Scene {
  readonly id: number;
  readonly alice: TestUser;
  /** Alice, who changes what she said. */
  readonly chat: ChatClient;
  readonly messageId: number;
  /** Bob, in that dialect. */
  readonly reader: Speaker;
}

/** A message that bob has read, before alice changes it. */
async function said(dialect: Dialect): Promise<Scene> {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const id = await app.conversation([alice, bob]);
  const [chat, reader] = [await app.connect(alice), await dialect.connect(app, bob)];
  await reader.join(id);
  await chat.join(id);
  const { message } = await chat.send(id, 'as it was');
  const { id: messageId } = message as { id: number };
  await reader.hearsMessage(messageId);
  return { id, alice, chat, messageId, reader };
}

/** Everything that reached the reader between the message and one said afterwards. */
async function heardSince({ id, chat, messageId, reader }: Scene) {
  const { message } = await chat.send(id, 'and on we go');
  const { id: last } = message as { id: number };
  await reader.hearsMessage(last);
  const { log } = reader;
  const at = (wanted: number) => log.findIndex((h) => h.kind === 'message' && h.id === wanted);
  return log.slice(at(messageId) + 1, at(last));
}

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
      const scene = await said(to);
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
    const scene = await said(CHAT);
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
    const scene = await said(SALON);
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

type Change = (scene: Scene) => Promise<unknown>;

const CHANGES: readonly (readonly [
  what: string,
  kind: Kind,
  change: Change,
  wire: (s: Scene) => Json,
])[] = [
  [
    'an edit',
    'edit',
    ({ chat, messageId }) => chat.expect('message:edit', { messageId, content: 'as it is' }),
    ({ messageId }) => ({
      message: expect.objectContaining({ id: messageId, content: 'as it is', editedAt: INSTANT }),
      timestamp: INSTANT,
    }),
  ],
  [
    'a deletion',
    'deletion',
    ({ chat, messageId }) => chat.expect('message:delete', { messageId }),
    ({ id, alice, messageId }) => ({
      ...{ messageId, conversationId: id, deletedBy: alice.id, timestamp: INSTANT },
    }),
  ],
  [
    'a deletion over REST',
    'deletion',
    async ({ alice, messageId }) => (await app.as(alice)).delete(`/messages/${messageId}`),
    ({ id, alice, messageId }) => ({
      ...{ messageId, conversationId: id, deletedBy: alice.id, timestamp: INSTANT },
    }),
  ],
  [
    'a receipt',
    'receipt',
    ({ chat, messageId }) => chat.expect('message:read', { messageId }),
    ({ id, alice, messageId }) => ({
      ...{ messageId, conversationId: id, readBy: alice.id, readAt: INSTANT },
    }),
  ],
];

describe.each(CHANGES)('%s', (_, kind, change, wire) => {
  it.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))(
    'is told in %s where it has a word for it; nothing else is, and the rest goes on',
    async (__, dialect) => {
      const scene = await said(dialect);
      await change(scene);
      const told = await heardSince(scene);
      const expected = dialect.hears.has(kind) ? [wire(scene)] : [];
      expect(told.map((heard) => heard.wire)).toStrictEqual(expected);
    },
  );
});

describe('salon’s history', () => {
  const historyOf = async (client: FrameClient, room: number) =>
    (await client.request('room_history', { room }, 'message_history')).messages;

  it('shows what became of a message that was changed in chat', async () => {
    const { id, alice, chat, messageId } = await said(CHAT);
    const salon = await app.salon(alice);
    await chat.expect('message:edit', { messageId, content: 'as it is' });
    const edited = { id: messageId, content: 'as it is', edited_at: INSTANT };
    expect(await historyOf(salon, id)).toMatchObject([edited]);
    await chat.expect('message:delete', { messageId });
    expect(await historyOf(salon, id)).toMatchObject([{ content: '', deleted_at: INSTANT }]);
  });

  it('of a message that was said in salon and changed in chat, too', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [salon, chat, reader] = [
      ...[await app.salon(alice), await app.connect(alice), await app.connect(bob)],
    ] as [FrameClient, ChatClient, ChatClient];
    await salon.join(id);
    await reader.join(id);
    const { id: messageId } = await salon.request(
      ...(['room_message', { room: id, content: 'as it was' }, 'room_message'] as const),
    );
    await chat.expect('message:edit', { messageId, content: 'as it is' });
    expect(await reader.next('message:updated')).toMatchObject({ message: { id: messageId } });
    expect(await historyOf(salon, id)).toMatchObject([{ content: 'as it is' }]);
  });
});
