import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofClass } from '../live/support/refusals.js';
import { listenTo, settle } from '../live/support/sanctioning.js';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, messageIn } from '../support/chat-shapes.js';
import { ChatSpeaker } from '../support/chat-speaker.js';
import type { Json, Speaker } from '../support/speaker.js';
import { CHAT, everywhere, speaking } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { moderate } from './support/moderating.js';

interface Seen {
  readonly seq: number;
  readonly content: string;
  readonly deletedAt: string | null;
}

let app: TestApp;
let admin: TestUser;
beforeAll(async () => {
  app = await startApp();
  admin = someone('admin', ['admin']);
});
afterAll(() => app.stop());

/** Alice and mallory, in every dialect; mallory is shadow banned, unless `isFree`. */
async function scene({ isFree = false } = {}) {
  const [alice, mallory] = [someone('alice'), someone('mallory')];
  const id = await app.conversation([alice, mallory], { type: 'public' });
  const [others, own] = [await everywhere(app, alice, id), await everywhere(app, mallory, id)];
  const idle = await CHAT.connect(app, alice);
  const act = (action: string, fields = {}) =>
    moderate(app, admin, { action, conversationId: id, userId: mallory.id, ...fields });
  if (!isFree) await act('shadow');
  return { id, alice, mallory, others, own, idle, act };
}

const chatOf = (speakers: readonly Speaker[]) => ofClass(speakers, ChatSpeaker).client;

const historyOf = async (user: TestUser, id: number): Promise<readonly Seen[]> => {
  const { body } = await (await app.as(user)).get(`/conversations/${id}/messages?limit=100`);
  return (body as { items: Seen[] }).items;
};

const summaryOf = async (user: TestUser, id: number) => {
  const { body } = await (await app.as(user)).get(`/conversations/${id}`);
  return body as { unreadCount: number; lastSeq: number; lastMessage: Seen | null };
};

describe('what a shadow banned user says', () => {
  it('is acked as ever, and heard by his own sockets in every dialect alone', async () => {
    const { id, mallory, others, own, idle } = await scene();
    const heard = await listenTo([...others, idle]);
    for (const speaker of own) {
      const said = await speaker.say(id, 'hello @alice');
      for (const sibling of own) {
        const { text, sender } = await sibling.hearsMessage(said.id);
        expect([text, sender]).toEqual([said.text, mallory.name]);
      }
    }
    const rest = await app.as(mallory);
    const sent = await rest.post(`/conversations/${id}/messages`, { content: 'over REST' });
    expect(sent.status).toBe(201);
    // No message, no notification, no mention.
    expect(await heard()).toEqual([]);
  });

  it('takes its seq, looks deleted to the others, and leaves no gap', async () => {
    const { id, alice, mallory, others, own } = await scene();
    await speaking('veza', others).say(id, 'one');
    await speaking('salon', own).say(id, 'two');
    await speaking('root', others).say(id, 'three');
    const asSeen = (seen: readonly Seen[]) =>
      seen.map(({ seq, content, deletedAt }) => [seq, content, deletedAt !== null]);
    const toOthers = [
      [1, 'one', false],
      [2, '', true],
      [3, 'three', false],
    ];
    const toHim = [toOthers[0], [2, 'two', false], toOthers[2]];
    expect(asSeen(await historyOf(alice, id))).toEqual(toOthers);
    expect(asSeen(await historyOf(mallory, id))).toEqual(toHim);
    expect(asSeen(await historyOf(admin, id))).toEqual(toHim);
    const missed = await chatOf(others).expect('conversation:join', {
      conversationId: id,
      afterSeq: 0,
    });
    expect(asSeen(missed.missed as Seen[])).toEqual(toOthers);
    const salon = await app.salon(alice);
    await salon.join(id);
    const page = await salon.request('room_history', { room: id }, 'message_history');
    const contents = (page.messages as Json[]).map(({ content }) => content);
    expect(contents).toEqual(['one', '', 'three']);
  });

  it('is not counted as unread, nor shown as the last message', async () => {
    const { id, alice, mallory, own } = await scene();
    for (const speaker of own) await speaker.say(id, 'buy this');
    const seen = await summaryOf(alice, id);
    expect(seen).toMatchObject({ unreadCount: 0, lastSeq: own.length });
    expect(seen.lastMessage?.content).toBe('');
    expect((await summaryOf(mallory, id)).lastMessage?.content).toBe('buy this');
    const { body } = await (await app.as(alice)).get('/conversations');
    expect(JSON.stringify(body)).not.toContain('buy this');
  });

  it('is nothing that others can act on: to them it is not there', async () => {
    const { id, others, own } = await scene();
    const { id: messageId } = await speaking('chat', own).say(id, 'hello');
    const chat = chatOf(others);
    for (const [event, fields] of [
      ['message:react', { emoji: '👍' }],
      ['message:unreact', { emoji: '👍' }],
      ['message:edit', { content: 'mine' }],
      ['message:delete', {}],
      ['message:report', { reason: 'spam' }],
    ] as const) {
      expect(await chat.request(event, { messageId, ...fields })).toEqual(
        aFailure('MESSAGE_NOT_FOUND'),
      );
    }
  });
});

it('signs of a shadow banned user reach nobody: typing, reactions, edits, deletions', async () => {
  const { id, others, own, idle, mallory } = await scene();
  const { id: theirs } = await speaking('chat', others).say(id, 'hello');
  await settle(own);
  const heard = await listenTo([...others, idle]);
  for (const name of ['chat', 'root', 'veza', 'live'] as const) {
    await speaking(name, own).type(id, true);
  }
  for (const name of ['chat', 'salon'] as const) await speaking(name, own).react(id, theirs, '👍');
  const chat = chatOf(own);
  const { id: messageId } = await speaking('chat', own).say(id, 'draft');
  await chat.expect('message:edit', { messageId, content: 'final' });
  await chat.expect('message:delete', { messageId });
  expect(await heard()).toEqual([]);
  // He is told of each as anyone is.
  const reacted = await chat.next('message:reaction', (event) => event.messageId === theirs);
  expect(reacted.reactions).toEqual({ '👍': [mallory.id] });
  expect(messageIn(await chat.next('message:updated')).content).toBe('final');
  await chat.next('message:deleted');
});

it('a reaction to what is gone is refused as it is to anyone', async () => {
  const { id, others, own } = await scene();
  const { id: messageId } = await speaking('chat', others).say(id, 'hello');
  await chatOf(others).expect('message:delete', { messageId });
  const reaction = { messageId, emoji: '👍' };
  const refused = aFailure('MESSAGE_NOT_FOUND');
  expect(await chatOf(own).request('message:react', reaction)).toEqual(refused);
});

it('what he said before disappears for the others once he edits it', async () => {
  const { id, alice, mallory, others, own, act } = await scene({ isFree: true });
  const { id: messageId } = await speaking('chat', own).say(id, 'as it was');
  for (const speaker of others) await speaker.hearsMessage(messageId);
  await act('shadow');
  await chatOf(own).expect('message:edit', { messageId, content: 'worse' });
  const gone = { messageId, conversationId: id, deletedBy: mallory.id };
  expect(await chatOf(others).next('message:deleted')).toMatchObject(gone);
  await settle(others);
  expect(JSON.stringify(others.map(({ log }) => log))).not.toContain('worse');
  expect((await historyOf(alice, id))[0]).toMatchObject({ content: '', seq: 1 });
  expect((await historyOf(mallory, id))[0]).toMatchObject({ content: 'worse', deletedAt: null });
});

it('when it is lifted, what he says is heard again; what he said stays unheard', async () => {
  const { id, alice, others, own, act } = await scene();
  await speaking('chat', own).say(id, 'in the dark');
  await act('unshadow');
  for (const speaker of own) {
    const { id: messageId } = await speaker.say(id, 'in the light');
    for (const other of others) await other.hearsMessage(messageId);
  }
  const contents = (await historyOf(alice, id)).map(({ content }) => content);
  expect(contents).toEqual(['', ...own.map(() => 'in the light')]);
});

it('one that holds everywhere holds in every conversation', async () => {
  const { id, mallory, others, own } = await scene({ isFree: true });
  await moderate(app, admin, { action: 'shadow', userId: mallory.id });
  const heard = await listenTo(others);
  for (const speaker of own) await speaker.say(id, 'hello');
  expect(await heard()).toEqual([]);
});

it('one behind a mute is heeded from the moment the mute ends', async () => {
  const { id, others, own, act } = await scene();
  await act('mute', { durationMinutes: 1 });
  const chat = chatOf(own);
  const type = () => chat.request('message:typing', { conversationId: id, isTyping: true });
  expect((await type()).error?.code).toBe('MUTED');
  // What is known of him is known for a minute: the mute ends within it.
  await app.database.query(
    `UPDATE sanctions SET expires_at = clock_timestamp() + interval '1 second'
     WHERE conversation_id = $1 AND kind = 'mute'`,
    [id],
  );
  await chat.request('message:send', { conversationId: id, content: 'to be refused' });
  const heard = await listenTo(others);
  while ((await type()).error?.code === 'MUTED') await new Promise(setImmediate);
  expect(await heard()).toEqual([]);
});

describe('nobody is told', () => {
  it('by any frame or answer that he or the others get; the audit trail tells moderators', async () => {
    const { id, alice, mallory, others, own } = await scene();
    await speaking('chat', others).say(id, 'hello');
    for (const speaker of own) await speaker.say(id, 'hello');
    await settle([...others, ...own]);
    const told: unknown[] = [...others, ...own].map(({ log }) => log);
    for (const user of [alice, mallory]) {
      const rest = await app.as(user);
      for (const path of [
        ...['/users/me', '/conversations', `/conversations/${id}`],
        ...[`/conversations/${id}/messages`, `/conversations/${id}/participants`],
      ]) {
        const { status, body } = await rest.get(path);
        expect(status).toBe(200);
        told.push(body);
      }
      for (const path of ['/moderation/sanctions', '/moderation/audit']) {
        expect((await rest.get(path)).status).toBe(403);
      }
    }
    expect(JSON.stringify(told)).not.toMatch(/shadow|sanction/i);
    const trail = `/moderation/audit?userId=${mallory.id}`;
    const { body } = await (await app.as(admin)).get(trail);
    expect(body).toMatchObject({ items: [{ details: { kind: 'shadow' } }] });
  });
});
