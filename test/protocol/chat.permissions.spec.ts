import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { messageIn, outcomeOf } from '../support/chat-shapes.js';
import { someone, type TestUser } from '../support/tokens.js';

const ACTORS = [
  'stranger',
  'participant',
  'moderator of the conversation',
  'owner',
  'moderator of the service',
  'administrator',
] as const;
type Actor = (typeof ACTORS)[number];

const DENIED = 'PERMISSION_DENIED';
const HIDDEN = 'MESSAGE_NOT_FOUND';

/** What each actor gets, in the order of ACTORS. */
const PRIVATE: Record<string, readonly string[]> = {
  'conversation:join': [DENIED, 'ok', 'ok', 'ok', DENIED, 'ok'],
  'conversation:leave': ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  'conversation:users:online': [DENIED, 'ok', 'ok', 'ok', 'ok', 'ok'],
  'conversation:history': [DENIED, 'ok', 'ok', 'ok', 'ok', 'ok'],
  'message:send': [DENIED, 'ok', 'ok', 'ok', DENIED, DENIED],
  'message:typing': [DENIED, 'ok', 'ok', 'ok', DENIED, DENIED],
  'message:read': [HIDDEN, 'ok', 'ok', 'ok', DENIED, DENIED],
  'message:react': [HIDDEN, 'ok', 'ok', 'ok', DENIED, DENIED],
  'message:unreact': [HIDDEN, 'ok', 'ok', 'ok', DENIED, DENIED],
  'message:edit': [HIDDEN, DENIED, DENIED, DENIED, DENIED, DENIED],
  'message:delete': [HIDDEN, DENIED, 'ok', 'ok', 'ok', 'ok'],
  'message:report': [HIDDEN, 'ok', 'ok', 'ok', 'ok', 'ok'],
};

const PUBLIC: Record<string, readonly string[]> = {
  ...PRIVATE,
  'conversation:join': ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
};

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

interface Scene {
  readonly conversationId: number;
  /** A message by a participant who is none of the actors; another one at each call. */
  readonly say: () => Promise<number>;
  readonly as: (actor: Actor) => Promise<ChatClient>;
}

async function scene(type: 'private' | 'public'): Promise<Scene> {
  const cast: Record<Actor, TestUser> = {
    stranger: someone('stranger'),
    participant: someone('participant'),
    'moderator of the conversation': someone('local'),
    owner: someone('owner'),
    'moderator of the service': someone('global', ['moderator']),
    administrator: someone('root', ['admin']),
  };
  const author = someone('author');
  const local = cast['moderator of the conversation'];
  const members = [cast.owner, cast.participant, local, author];
  const conversationId = await app.conversation(members, { type });
  await app.database.query(
    `UPDATE participants SET role = 'moderator' WHERE conversation_id = $1 AND user_id = $2`,
    [conversationId, String(local.id)],
  );
  const client = await app.connect(author);
  const say = async () => messageIn(await client.send(conversationId, 'said by another')).id;
  return { conversationId, say, as: (actor) => app.connect(cast[actor]) };
}

describe.each([
  ['private', PRIVATE],
  ['public', PUBLIC],
] as const)('in a %s conversation', (type, expectations) => {
  it.each(Object.entries(expectations))('%s is allowed to whom it is', async (event, expected) => {
    const { conversationId, say, as } = await scene(type);
    const outcomes: Partial<Record<Actor, string>> = {};
    for (const actor of ACTORS) {
      const messageId = await say();
      const fields = { content: 'new words', emoji: '👍', isTyping: true, reason: 'spam' };
      const client = await as(actor);
      const ack = await client.request(event, { conversationId, messageId, ...fields });
      outcomes[actor] = outcomeOf(ack);
    }
    expect(outcomes).toEqual(
      Object.fromEntries(ACTORS.map((actor, index) => [actor, expected[index]])),
    );
  });
});

describe('in a direct conversation', () => {
  it('nobody but the two may do anything', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const sent = messageIn(await a.send(`private_${alice.id}_${bob.id}`, 'between us'));
    const { conversationId, id: messageId } = sent;
    await b.join(conversationId);
    for (const outsider of [someone('eve'), someone('root', ['admin'])]) {
      const client = await app.connect(outsider);
      const join = await client.request('conversation:join', { conversationId });
      expect(outcomeOf(join)).toBe(DENIED);
      const send = await client.request('message:send', { conversationId, content: 'hi' });
      expect(outcomeOf(send)).toBe(DENIED);
    }
    const eve = await app.connect(someone('eve'));
    const read = await eve.request('message:read', { messageId });
    expect(outcomeOf(read)).toBe(HIDDEN);
  });

  it('either may write first, and either may delete only their own', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const name = `private_${alice.id}_${bob.id}`;
    const { id: messageId } = messageIn(await b.send(name, 'first'));
    expect(outcomeOf(await a.request('message:delete', { messageId }))).toBe(DENIED);
    expect(outcomeOf(await b.request('message:delete', { messageId }))).toBe('ok');
  });
});

describe('what one may not see', () => {
  it('a message that is foreign and one that is missing answer alike, in every event', async () => {
    const { say, as } = await scene('private');
    const foreign = await say();
    const stranger = await as('stranger');
    for (const event of [
      'message:read',
      'message:edit',
      'message:delete',
      'message:react',
      'message:unreact',
      'message:report',
    ]) {
      const fields = { content: 'x', emoji: '👍', reason: 'spam' };
      const answers = await Promise.all(
        [foreign, 2 ** 50].map((messageId) => stranger.request(event, { messageId, ...fields })),
      );
      expect(answers[0]).toStrictEqual(answers[1]);
      expect(outcomeOf(answers[0] ?? { success: true })).toBe(HIDDEN);
    }
  });

  it('a reply to a foreign message and to a missing one answer alike', async () => {
    const foreign = await (await scene('private')).say();
    const alice = someone('alice');
    const conversationId = await app.conversation([alice]);
    const a = await app.connect(alice);
    const answers = await Promise.all(
      [foreign, 2 ** 50].map((replyTo) =>
        a.request('message:send', { conversationId, content: 'x', replyTo }),
      ),
    );
    expect(answers[0]).toStrictEqual(answers[1]);
    expect(outcomeOf(answers[0] ?? { success: true })).toBe(HIDDEN);
  });

  it('a public conversation is read only once one has joined it', async () => {
    const { conversationId, as } = await scene('public');
    const newcomer = await as('stranger');
    const ask = () => newcomer.request('conversation:history', { conversationId });
    expect(outcomeOf(await ask())).toBe(DENIED);
    await newcomer.join(conversationId);
    expect(outcomeOf(await ask())).toBe('ok');
    await newcomer.send(conversationId, 'hello everyone');
  });

  it('what the author deleted cannot be changed again by anyone', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const a = await app.connect(alice);
    const { id: messageId } = messageIn(await a.send(id, 'gone'));
    await a.expect('message:delete', { messageId });
    for (const event of ['message:edit', 'message:delete', 'message:react']) {
      const ack = await a.request(event, { messageId, content: 'back', emoji: '👍' });
      expect([event, outcomeOf(ack)]).toEqual([event, HIDDEN]);
    }
  });

  it('a message of yesterday can no longer be edited', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const a = await app.connect(alice);
    const { id: messageId } = messageIn(await a.send(id, 'old'));
    await app.database.query(
      `UPDATE messages SET sent_at = now() - interval '24 hours 1 second' WHERE id = $1`,
      [messageId],
    );
    const ack = await a.request('message:edit', { messageId, content: 'new' });
    expect(outcomeOf(ack)).toBe(DENIED);
  });
});
