import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { INSTANT, messageIn } from '../support/chat-shapes.js';
import { withoutPings, type FrameClient } from '../support/frame-client.js';
import type { Json, Kind } from '../support/speaker.js';
import { CHAT, DIALECTS, LIVE, named, type DialectName } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { aFrame, inRoom, MOMENT, userData } from '../support/veza-shapes.js';
import { heardSince, said, type Scene } from './support/said.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

type Wording = Partial<Record<DialectName, (scene: Scene) => Json>>;

interface Change {
  readonly what: string;
  readonly kind: Kind;
  readonly make: (scene: Scene) => Promise<unknown>;
  /** What a reader is told, where its dialect has a word for it. */
  readonly wording: Wording;
}

const updated = ({ id, alice, messageId }: Scene, fields: Json): Json =>
  aFrame('message_updated', inRoom(id, alice, { message_id: `msg_${messageId}`, ...fields }));

const DELETED: Wording = {
  chat: ({ id, alice, messageId }) => ({
    ...{ messageId, conversationId: id, deletedBy: alice.id, timestamp: INSTANT },
  }),
  veza: (scene) => updated(scene, { content: '', is_deleted: true }),
};

const READ: Wording = {
  chat: ({ id, alice, messageId }) => ({
    ...{ messageId, conversationId: id, readBy: alice.id, readAt: INSTANT },
  }),
  veza: ({ id, alice, messageId }) =>
    aFrame('read_receipt', {
      ...{ room_id: id, message_id: `msg_${messageId}`, user_id: String(alice.id) },
      timestamp: MOMENT,
    }),
};

const moderator = someone('moderator', ['moderator']);

const CHANGES: readonly Change[] = [
  {
    what: 'an edit',
    kind: 'edit',
    make: ({ chat, messageId }) => chat.expect('message:edit', { messageId, content: 'as it is' }),
    wording: {
      chat: ({ messageId }) => ({
        message: expect.objectContaining({ id: messageId, content: 'as it is', editedAt: INSTANT }),
        timestamp: INSTANT,
      }),
      veza: (scene) => updated(scene, { content: 'as it is', is_edited: true }),
    },
  },
  {
    what: 'a deletion',
    kind: 'deletion',
    make: ({ chat, messageId }) => chat.expect('message:delete', { messageId }),
    wording: DELETED,
  },
  {
    what: 'a deletion over REST',
    kind: 'deletion',
    make: async ({ alice, messageId }) => (await app.as(alice)).delete(`/messages/${messageId}`),
    wording: DELETED,
  },
  {
    what: 'a deletion by a moderator',
    kind: 'deletion',
    make: async ({ messageId }) => (await app.as(moderator)).delete(`/messages/${messageId}`),
    wording: {
      chat: ({ id, messageId }) => ({
        ...{ messageId, conversationId: id, deletedBy: moderator.id, timestamp: INSTANT },
      }),
      veza: ({ id, alice, messageId }) =>
        aFrame('moderation_action', {
          ...{ action: 'message_deleted', message_id: `msg_${messageId}`, room_id: id },
          ...{ reason: 'removed_by_moderator', moderator_id: String(moderator.id) },
          ...userData(alice),
        }),
    },
  },
  {
    what: 'a receipt',
    kind: 'receipt',
    make: ({ chat, messageId }) => chat.expect('message:read', { messageId }),
    wording: READ,
  },
  {
    what: 'a receipt from veza',
    kind: 'receipt',
    make: async ({ alice, messageId }) => {
      const veza = await app.veza(alice);
      veza.send('read_receipt', { message_id: `msg_${messageId}` });
      // Not answered, but done before what comes after it.
      await veza.settled();
      const told = withoutPings(veza.frames).map(({ type }) => type);
      expect(told).toEqual(['auth_success', 'pong']);
    },
    wording: READ,
  },
];

describe.each(CHANGES)('$what', ({ kind, make, wording }) => {
  it.each(named(DIALECTS))(
    'is told in %s where it has a word for it; nothing else is, and the rest goes on',
    async (name, dialect) => {
      const scene = await said(app, dialect);
      await make(scene);
      const told = await heardSince(scene);
      const expected = wording[name]?.(scene);
      expect(told.map((heard) => heard.wire)).toStrictEqual(expected ? [expected] : []);
      expect(dialect.hears.has(kind)).toBe(expected !== undefined);
    },
  );
});

describe('salon’s history', () => {
  const historyOf = async (client: FrameClient, room: number) =>
    (await client.request('room_history', { room }, 'message_history')).messages;

  it('shows what became of a message that was changed in chat', async () => {
    const { id, alice, chat, messageId } = await said(app, CHAT);
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

it('live is shown what became of messages as it comes back, not while it is there', async () => {
  const { id, chat, messageId, reader } = await said(app, LIVE);
  const { id: edited } = messageIn(await chat.send(id, 'as it was, too'));
  const { id: deleted } = messageIn(await chat.send(id, 'and so on'));
  await chat.expect('message:edit', { messageId: edited, content: 'as it is' });
  await chat.expect('message:delete', { messageId: deleted });
  await reader.settled();
  expect(reader.messages.map(({ text }) => text)).toEqual([
    'as it was',
    'as it was, too',
    'and so on',
  ]);
  const again = await LIVE.connect(app, reader.user);
  await again.join(id, messageId);
  await again.settled();
  expect(again.messages.map(({ text }) => text)).toEqual(['as it is', '']);
});
