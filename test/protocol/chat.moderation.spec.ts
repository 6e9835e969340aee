import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, INSTANT } from '../support/chat-shapes.js';
import type { ChatClient } from '../support/chat-client.js';
import { gather } from '../support/gathering.js';
import { someone, type TestUser } from '../support/tokens.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

type Json = Record<string, unknown>;

/** A conversation of alice and bob, who also looks elsewhere; and an administrator who is nowhere. */
async function scene() {
  const { id, users, clients } = await gather(app, ['alice', 'bob']);
  const [, bob] = users;
  const elsewhere = await app.connect(bob);
  const admin = someone('admin', ['admin']);
  return {
    id,
    bob,
    elsewhere,
    reader: clients[0],
    target: clients[1],
    admin,
    chat: await app.connect(admin),
  };
}

const act = (chat: ChatClient, payload: Json) => chat.request('moderation:action', payload);

const aSanction = (admin: TestUser, user: TestUser, fields: Json): Json => ({
  ...{ id: expect.any(Number), conversationId: null, reason: null },
  ...{ userId: user.id, moderatorId: admin.id, createdAt: INSTANT, expiresAt: null },
  ...fields,
});

const aNotification = (conversationId: number | null, body: string, data: Json): Json => ({
  ...{ type: 'moderation', title: 'Moderation', body, createdAt: INSTANT },
  ...(conversationId !== null && { conversationId }),
  data: { reason: null, expiresAt: null, ...data },
});

const BODIES: Record<string, string> = {
  ban: 'You were banned.',
  mute: 'You were muted.',
  kick: 'You were put out.',
  unban: 'You are banned no more.',
  unmute: 'You are muted no more.',
};

describe('moderation:action', () => {
  it.each(['ban', 'mute', 'shadow'])(
    '%s: answers with the sanction, and its opposite with what was lifted',
    async (action) => {
      const { id, bob, admin, chat } = await scene();
      const request = {
        action,
        conversationId: id,
        userId: bob.id,
        durationMinutes: 60,
        reason: 'x',
      };
      const fields = { conversationId: id, expiresAt: INSTANT };
      const done = await act(chat, request);
      const sanction = aSanction(admin, bob, { ...fields, action, reason: 'x' });
      expect(done).toEqual({ success: true, sanction });
      const undo = { action: `un${action}`, conversationId: id, userId: bob.id };
      const lifted = await act(chat, undo);
      const { id: number } = done.sanction as Json;
      const inverse = aSanction(admin, bob, { ...fields, id: number, action: undo.action });
      expect(lifted).toEqual({ success: true, sanction: inverse });
      expect(await act(chat, undo)).toEqual(aFailure('MESSAGE_NOT_FOUND'));
    },
  );

  it('kick: answers with what was done, which does not last', async () => {
    const { id, bob, admin, chat } = await scene();
    const ack = await act(chat, {
      action: 'kick',
      conversationId: String(id),
      userId: String(bob.id),
    });
    const fields = { id: null, action: 'kick', conversationId: id };
    expect(ack).toEqual({ success: true, sanction: aSanction(admin, bob, fields) });
  });

  it('ban: is told to everyone joined, and to its target wherever that looks', async () => {
    const { id, bob, admin, chat, elsewhere, reader, target } = await scene();
    const request = { action: 'ban', conversationId: id, userId: bob.id };
    const { sanction } = await act(chat, { ...request, durationMinutes: 1, reason: 'spam' });
    const { createdAt: _, id: _id, ...told } = sanction as Json;
    expect(told).toMatchObject({ moderatorId: admin.id, reason: 'spam', expiresAt: INSTANT });
    for (const client of [reader, target, elsewhere]) {
      expect(await client.next('moderation:action')).toStrictEqual(told);
    }
    expect(reader.received('notification')).toEqual([]);
  });

  it.each(['mute', 'unmute', 'kick', 'unban'] as const)(
    '%s: is told to everyone joined, and to its target',
    async (action) => {
      const { id, bob, admin, chat, elsewhere, reader, target } = await scene();
      const about = { conversationId: id, userId: bob.id };
      if (action.startsWith('un')) await act(chat, { ...about, action: action.slice(2) });
      expect((await act(chat, { ...about, action })).success).toBe(true);
      const told = { ...about, action, moderatorId: admin.id, reason: null, expiresAt: null };
      const isIt = (event: Json) => event.action === action;
      for (const client of [reader, target, elsewhere]) {
        expect(await client.next('moderation:action', isIt)).toStrictEqual(told);
      }
    },
  );

  it.each(['ban', 'mute', 'kick'] as const)(
    '%s: a notification goes to the target’s sockets that are not joined, and to no others',
    async (action) => {
      const { id, bob, admin, chat, elsewhere, reader, target } = await scene();
      await act(chat, { action, conversationId: id, userId: bob.id });
      const data = { action, moderatorId: admin.id };
      const told = aNotification(id, BODIES[action] ?? '', data);
      expect(await elsewhere.next('notification')).toStrictEqual(told);
      // Whoever may stay hears of it where he is.
      const isOut = action !== 'mute';
      if (isOut) expect(await target.next('notification')).toStrictEqual(told);
      else expect((await target.settled(), target.received('notification'))).toEqual([]);
      for (const other of [reader, chat]) {
        await other.settled();
        expect(other.received('notification')).toEqual([]);
      }
    },
  );

  it('everywhere: tells the target, of no conversation, and nobody else', async () => {
    const { bob, admin, chat, elsewhere, reader, target } = await scene();
    const request = {
      action: 'mute',
      conversationId: null,
      userId: bob.id,
      reason: 'rest a while',
    };
    expect((await act(chat, request)).success).toBe(true);
    const act_ = { action: 'mute', moderatorId: admin.id, reason: 'rest a while' };
    for (const client of [target, elsewhere]) {
      const told = { ...act_, conversationId: null, userId: bob.id, expiresAt: null };
      expect(await client.next('moderation:action')).toStrictEqual(told);
      const body = 'You were muted. rest a while';
      expect(await client.next('notification')).toStrictEqual(aNotification(null, body, act_));
    }
    await reader.settled();
    expect(reader.received('moderation:action')).toEqual([]);
  });

  it.each(['shadow', 'unshadow'])('%s: tells nobody anything', async (action) => {
    const { id, bob, chat, elsewhere, reader, target } = await scene();
    const all = [chat, elsewhere, reader, target];
    if (action === 'unshadow') {
      await act(chat, { action: 'shadow', conversationId: id, userId: bob.id });
    }
    for (const client of all) await client.settled();
    const before = all.map(({ log }) => log.length);
    expect((await act(chat, { action, conversationId: id, userId: bob.id })).success).toBe(true);
    for (const client of all) await client.settled();
    expect(all.map(({ log }) => log.length)).toEqual(before);
  });

  it('ban: its target leaves, and comes back when the ban is lifted', async () => {
    const { id, bob, chat, reader, target } = await scene();
    const about = { conversationId: id, userId: bob.id };
    await act(chat, { ...about, action: 'ban' });
    const join = () => target.request('conversation:join', { conversationId: id });
    expect(await join()).toEqual(aFailure('BANNED'));
    await act(chat, { ...about, action: 'unban' });
    expect((await join()).success).toBe(true);
    await reader.send(id, 'welcome back');
    await target.next('message:new');
  });

  it('lets an owner act in his conversation, and nowhere else', async () => {
    const { id, bob, reader } = await scene();
    const here = { action: 'ban', conversationId: id, userId: bob.id };
    expect((await act(reader, here)).success).toBe(true);
    const { conversationId: _, ...everywhere } = here;
    expect(await act(reader, everywhere)).toEqual(aFailure('PERMISSION_DENIED'));
  });
});

describe('moderation:action fails', () => {
  it('for whom it is not, of whom it may not be, and where there is nothing', async () => {
    const { id, bob, admin, chat, target, reader } = await scene();
    const failures: [ChatClient, Json, string][] = [
      [target, { action: 'mute', conversationId: id, userId: bob.id }, 'PERMISSION_DENIED'],
      [target, { action: 'mute', userId: bob.id }, 'PERMISSION_DENIED'],
      [reader, { action: 'mute', conversationId: id, userId: admin.id }, 'PERMISSION_DENIED'],
      [chat, { action: 'kick', userId: admin.id }, 'PERMISSION_DENIED'],
      [chat, { action: 'ban', userId: someone('nobody').id }, 'USER_NOT_FOUND'],
      [
        chat,
        { action: 'ban', userId: bob.id, conversationId: 'nowhere' },
        'CONVERSATION_NOT_FOUND',
      ],
      [chat, { action: 'unmute', userId: bob.id, conversationId: id }, 'MESSAGE_NOT_FOUND'],
      // Before anything is said of whether there is one.
      [target, { action: 'unshadow', userId: bob.id, conversationId: id }, 'PERMISSION_DENIED'],
    ];
    for (const [client, payload, code] of failures) {
      expect(await act(client, payload)).toEqual(aFailure(code));
    }
    for (const client of [reader, target]) {
      await client.settled();
      expect(client.received('moderation:action')).toEqual([]);
    }
  });

  it.each<[what: string, payload: unknown, field: string]>([
    ['nothing', undefined, 'action'],
    ['an unknown action', { action: 'hang', userId: 5 }, 'action'],
    ['a list of actions', { action: ['ban'], userId: 5 }, 'action'],
    ['no user', { action: 'ban' }, 'userId'],
    ['a user who is an object', { action: 'ban', userId: {} }, 'userId'],
    [
      'a conversation that is a list',
      { action: 'ban', userId: 5, conversationId: [] },
      'conversationId',
    ],
    ['a negative duration', { action: 'ban', userId: 5, durationMinutes: -1 }, 'durationMinutes'],
    ['a fractional one', { action: 'ban', userId: 5, durationMinutes: 1.5 }, 'durationMinutes'],
    ['one as text', { action: 'ban', userId: 5, durationMinutes: '1' }, 'durationMinutes'],
    ['a huge one', { action: 'ban', userId: 5, durationMinutes: 5_256_001 }, 'durationMinutes'],
    ['a reason that is too long', { action: 'ban', userId: 5, reason: 'r'.repeat(501) }, 'reason'],
    ['a reason that is a number', { action: 'ban', userId: 5, reason: 5 }, 'reason'],
  ])('on %s', async (_, payload, field) => {
    const { chat } = await scene();
    const { error } = await chat.request('moderation:action', payload);
    expect(error?.code).toBe('VALIDATION_FAILED');
    expect(error?.details?.map((detail) => detail.field)).toContain(field);
  });

  it('as the event `exception` where nobody waits for an ack', async () => {
    const { chat } = await scene();
    chat.socket.emit('moderation:action', { action: 'ban', userId: 'nobody' });
    const failure = aFailure('USER_NOT_FOUND');
    expect(await chat.next('exception')).toEqual({ ...failure, event: 'moderation:action' });
  });
});
