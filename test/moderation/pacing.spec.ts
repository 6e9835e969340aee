import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, range } from '../support/chat-shapes.js';
import type { ChatClient } from '../support/chat-client.js';
import { gather } from '../support/gathering.js';
import { DIALECTS, named, type DialectName } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { ATTACKS } from '../dialects/support/attacks.js';
import { expectInvalid, expectProblem } from '../rest/support/problems.js';
import { outcomeOf, setRules } from './support/rules.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());
afterEach(() => setRules(app));

const HOUR = 3_600;

/** What becomes of a message: `sent`, `duplicate` or the code it is refused with. */
async function tell(client: ChatClient, id: number, content: string, fields = {}) {
  const payload = { conversationId: id, content, ...fields };
  const { success, error, duplicate } = await client.request('message:send', payload);
  if (!success) return error?.code;
  return duplicate ? 'duplicate' : 'sent';
}

it('a message that was stored before the rules refuse it is answered as the repeat it is', async () => {
  const { id, clients } = await gather(app, ['alice']);
  const [a] = clients;
  const fields = { clientMessageId: 'before-the-rules' };
  expect(await tell(a, id, 'buy now', fields)).toBe('sent');
  await setRules(app, { words: { languages: [], blocked: ['buy now'], allowed: [] } });
  expect(await tell(a, id, 'buy now', fields)).toBe('duplicate');
  expect(await tell(a, id, 'buy now')).toBe('CONTENT_REJECTED');
});

describe('repeats', () => {
  it('as many as may be pass, one more is too many, wherever it is said', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const elsewhere = await app.conversation(users);
    const [a, b] = clients;
    await setRules(app, { repeats: { max: 2, seconds: HOUR } });
    expect(await tell(a, id, 'buy now')).toBe('sent');
    expect(await tell(a, elsewhere, 'BUY   NOW!')).toBe('sent');
    const ack = await a.request('message:send', { conversationId: id, content: 'b.u.y n0w' });
    expect(ack).toMatchObject({
      error: {
        code: 'RATE_LIMITED',
        message: 'You have sent this often enough; wait a moment.',
        retryAfter: expect.any(Number),
      },
    });
    expect(ack.error?.retryAfter).toBeGreaterThan(HOUR - 60);
    expect(ack.error?.retryAfter).toBeLessThanOrEqual(HOUR);
    expect(await tell(a, id, 'something else')).toBe('sent');
    expect(await tell(b, id, 'buy now')).toBe('sent');
  });

  it('of signs alone, and of numbers, count by themselves', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    await setRules(app, { repeats: { max: 1, seconds: HOUR } });
    const sent: unknown[] = [];
    for (const text of ['?', '!', '1', '11', '😀', '👍', '你好'])
      sent.push(await tell(a, id, text));
    expect(new Set(sent)).toEqual(new Set(['sent']));
    expect(await tell(a, id, '?')).toBe('RATE_LIMITED');
    expect(await tell(a, id, '👍')).toBe('RATE_LIMITED');
  });

  it('a message sent again is none, whatever it was answered with', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    await setRules(app, { repeats: { max: 2, seconds: HOUR } });
    expect(await tell(a, id, 'hello', { clientMessageId: 'one' })).toBe('sent');
    for (const _ of range(1, 5)) {
      expect(await tell(a, id, 'hello', { clientMessageId: 'one' })).toBe('duplicate');
    }
    expect(await tell(a, id, 'hello', { clientMessageId: 'two' })).toBe('sent');
    expect(await tell(a, id, 'hello', { clientMessageId: 'three' })).toBe('RATE_LIMITED');
    expect(await tell(a, id, 'hello', { clientMessageId: 'one' })).toBe('duplicate');
    expect(await tell(a, id, 'hello', { clientMessageId: 'two' })).toBe('duplicate');
  });

  it('what is not stored for another reason is none', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    await setRules(app, { repeats: { max: 1, seconds: HOUR } });
    expect(await tell(a, id, 'hello', { replyTo: 999_999 })).toBe('MESSAGE_NOT_FOUND');
    expect(await tell(a, 999_999, 'hello')).toBe('CONVERSATION_NOT_FOUND');
    expect(await tell(a, id, 'hello')).toBe('sent');
  });
});

describe('bursts', () => {
  it('count all that a user sends, wherever and in whatever protocol', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob']);
    const [alice] = users;
    const elsewhere = await app.conversation(users);
    await setRules(app, { bursts: { max: 3, seconds: HOUR } });
    expect(await tell(clients[0], id, 'one')).toBe('sent');
    const path = `/conversations/${elsewhere}/messages`;
    const rest = await app.as(alice);
    expect(outcomeOf(await rest.post(path, { content: 'two' }))).toBe('sent');
    const veza = await app.veza(alice);
    veza.send('join_room', { room_id: id });
    await veza.next('room_joined');
    veza.send('message', { room_id: id, content: 'three' });
    await veza.next('message_received', ({ content }) => content === 'three');
    const problem = await rest.post(path, { content: 'four' });
    expect(expectProblem(problem, 'RATE_LIMITED').detail).toBe(
      'You send too many messages at once; wait a moment.',
    );
    expect(Number(problem.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await tell(clients[1], id, 'mine')).toBe('sent');
  });

  it('sent all at once, exactly as many pass, in their order', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await setRules(app, { bursts: { max: 20, seconds: HOUR } });
    const sends = range(1, 40).map((n) => tell(a, id, `message ${n}`));
    const outcomes = await Promise.all(sends);
    expect(outcomes).toEqual(range(1, 40).map((n) => (n <= 20 ? 'sent' : 'RATE_LIMITED')));
    await b.settled();
    const heard = b
      .received('message:new')
      .map(({ message }) => (message as { content: string }).content);
    expect(heard).toEqual(range(1, 20).map((n) => `message ${n}`));
  });

  it('do not hold for moderators, unless the rules say otherwise', async () => {
    const guard = someone('guard', ['moderator']);
    const id = await app.conversation([guard]);
    const g = await app.connect(guard);
    const bursts = { max: 1, seconds: HOUR };
    await setRules(app, { bursts });
    expect([await tell(g, id, '1'), await tell(g, id, '2')]).toEqual(['sent', 'sent']);
    await setRules(app, { bursts, exemptModerators: false });
    expect([await tell(g, id, '3'), await tell(g, id, '4')]).toEqual(['sent', 'RATE_LIMITED']);
  });

  it('edits are none', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const [a] = clients;
    await setRules(app, { bursts: { max: 1, seconds: HOUR }, repeats: { max: 1, seconds: HOUR } });
    const { message } = await a.send(id, 'hello');
    const { id: messageId } = message as { id: number };
    for (const n of range(1, 3))
      await a.expect('message:edit', { messageId, content: `hello ${n}` });
  });
});

const TEXT = 'Slow mode is on in this conversation; wait a moment.';
const SECONDS = expect.any(Number) as unknown;

/** In each dialect’s own words. */
const SLOWED: Readonly<Record<DialectName, unknown>> = {
  chat: {
    ...aFailure('RATE_LIMITED', { message: TEXT, retryAfter: SECONDS }),
    ...{ message: TEXT, event: 'message:send' },
  },
  root: { code: 'RATE_LIMITED', message: TEXT },
  veza: { type: 'error', data: { code: 1003, message: TEXT, retry_after: SECONDS } },
  salon: { code: 'RATE_LIMITED', message: TEXT, details: { retry_after: SECONDS } },
  live: { type: 'error', data: { code: 'RATE_LIMITED', message: 'Rate limit exceeded' } },
};

describe.each(named(DIALECTS))('slow mode in %s', (name, dialect) => {
  it('lets one message pass, and the next one not', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob], { slowModeSeconds: HOUR });
    const b = await dialect.connect(app, bob);
    await b.join(id);
    await b.say(id, 'one');
    const before = b.log.length;
    const attack = ATTACKS[name];
    b.emit(attack.event, attack.message(id, 'two', { clientId: 'two' }));
    const told = await b.hears('other', (heard) => b.log.indexOf(heard) >= before);
    expect(told.wire).toMatchObject(SLOWED[name] as object);
    const a = await dialect.connect(app, alice);
    await a.join(id);
    for (const n of range(1, 3)) await a.say(id, `its owner, ${n}`);
  });
});

describe('slow mode', () => {
  const slow = async (seconds = HOUR) => {
    const gathering = await gather(app, ['owner', 'alice', 'bob']);
    const owner = await app.as(gathering.users[0]);
    const path = `/conversations/${gathering.id}`;
    const patch = (slowModeSeconds: unknown) => owner.patch(path, { slowModeSeconds });
    await patch(seconds);
    return { ...gathering, owner, path, patch };
  };

  it('is shown to everybody, wherever the conversation is', async () => {
    const { id, clients, owner, path, patch } = await slow(30);
    expect((await owner.get(path)).body).toMatchObject({ slowModeSeconds: 30 });
    expect((await owner.get('/conversations')).body).toMatchObject({
      items: [{ id, slowModeSeconds: 30 }],
    });
    expect(await clients[1].join(id)).toMatchObject({ conversation: { slowModeSeconds: 30 } });
    expect((await patch(21_600)).body).toMatchObject({ slowModeSeconds: 21_600 });
    const heard = await clients[1].next(
      'conversation:updated',
      ({ conversation }) => (conversation as { slowModeSeconds: number }).slowModeSeconds > 30,
    );
    expect(heard).toMatchObject({ conversation: { id, slowModeSeconds: 21_600 } });
  });

  it('counts each user and each conversation by itself', async () => {
    const { id, users, clients } = await slow();
    const [, a, b] = clients;
    const other = await app.conversation(users, { slowModeSeconds: HOUR });
    const free = await app.conversation(users);
    expect([await tell(a, id, '1'), await tell(a, id, '2')]).toEqual(['sent', 'RATE_LIMITED']);
    expect(await tell(b, id, '1')).toBe('sent');
    expect([await tell(a, other, '1'), await tell(a, other, '2')]).toEqual([
      'sent',
      'RATE_LIMITED',
    ]);
    expect([await tell(a, free, '1'), await tell(a, free, '2')]).toEqual(['sent', 'sent']);
  });

  it('holds for one user’s sockets together, and for sends that come at once', async () => {
    const { id, users, clients } = await slow();
    const [, a] = clients;
    const again = await app.connect(users[1]);
    const both = [tell(a, id, 'a'), tell(again, id, 'b'), tell(a, id, 'c'), tell(again, id, 'd')];
    const outcomes = await Promise.all(both);
    expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'RATE_LIMITED')).toHaveLength(3);
  });

  it('slows down neither the owner, nor moderators there and of the service', async () => {
    const { id, clients, owner } = await slow();
    const twice = async (client: ChatClient) => [
      await tell(client, id, '1'),
      await tell(client, id, '2'),
    ];
    expect(await twice(clients[0])).toEqual(['sent', 'sent']);
    for (const role of ['moderator', 'admin', 'user']) {
      const newcomer = someone('newcomer', [role]);
      const client = await app.connect(newcomer);
      await owner.put(`/conversations/${id}/participants/${newcomer.id}`);
      expect(await twice(client)).toEqual(['sent', role === 'user' ? 'RATE_LIMITED' : 'sent']);
    }
    const chosen = someone('chosen');
    const c = await app.connect(chosen);
    await owner.put(`/conversations/${id}/participants/${chosen.id}`);
    await app.database.query(`UPDATE participants SET role = 'moderator' WHERE user_id = $1`, [
      String(chosen.id),
    ]);
    expect(await twice(c)).toEqual(['sent', 'sent']);
  });

  it('what is not stored does not count, and what is stored may be sent again', async () => {
    const { id, clients } = await slow();
    const [, a] = clients;
    expect(await tell(a, id, 'hello', { replyTo: 999_999 })).toBe('MESSAGE_NOT_FOUND');
    expect(await tell(a, id, 'hello', { clientMessageId: 'one' })).toBe('sent');
    expect(await tell(a, id, 'hello', { clientMessageId: 'one' })).toBe('duplicate');
    expect(await tell(a, id, 'other', { clientMessageId: 'one' })).toBe('CONFLICT');
    expect(await tell(a, id, 'hello', { clientMessageId: 'two' })).toBe('RATE_LIMITED');
  });

  it('ends when it is turned off, and when its time is over', async () => {
    const { id, clients, patch } = await slow();
    const [, a] = clients;
    expect([await tell(a, id, '1'), await tell(a, id, '2')]).toEqual(['sent', 'RATE_LIMITED']);
    await patch(0);
    expect([await tell(a, id, '3'), await tell(a, id, '4')]).toEqual(['sent', 'sent']);
    await patch(1);
    expect(await tell(a, id, '5')).toBe('sent');
    const { error } = await a.request('message:send', { conversationId: id, content: '6' });
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
    let outcome = await tell(a, id, '7');
    while (outcome === 'RATE_LIMITED') outcome = await tell(a, id, '7');
    expect(outcome).toBe('sent');
  });

  it('lets edits, reactions and deletions pass', async () => {
    const { id, clients } = await slow();
    const [, a] = clients;
    const { message } = await a.send(id, 'hello');
    const { id: messageId } = message as { id: number };
    await a.expect('message:edit', { messageId, content: 'hello, all' });
    await a.expect('message:react', { messageId, emoji: '👍' });
    await a.expect('message:delete', { messageId });
    expect(await tell(a, id, 'again')).toBe('RATE_LIMITED');
  });

  it('says nothing of a conversation to those who are not in it', async () => {
    const { id } = await slow();
    const stranger = await app.connect(someone('stranger'));
    for (const _ of range(1, 3)) expect(await tell(stranger, id, 'hi')).toBe('PERMISSION_DENIED');
  });

  it('holds for visitors without a token, one by one', async () => {
    const owner = someone('owner');
    const room = { type: 'live', slug: 'slow-live', allowAnonymous: true, slowModeSeconds: HOUR };
    const created = await (await app.as(owner)).post('/conversations', room);
    expect(created.body).toMatchObject({ slowModeSeconds: HOUR });
    for (const text of ['from one', 'from another']) {
      const visitor = await app.live(null, 'room/slow-live');
      visitor.send('chat_message', { message: text });
      await visitor.next('chat_message', ({ message }) => message === text);
      visitor.send('chat_message', { message: 'once more' });
      expect(await visitor.next('error')).toMatchObject({ code: 'RATE_LIMITED' });
    }
  });

  it.each([-1, 21_601, 1.5, '10', true, [], {}])('cannot be %j', async (seconds) => {
    const { patch, owner } = await slow(10);
    expectInvalid(await patch(seconds), 'slowModeSeconds');
    const created = { type: 'private', slowModeSeconds: seconds };
    expectInvalid(await owner.post('/conversations', created), 'slowModeSeconds');
  });

  it('is the owner’s to set', async () => {
    const { id, users } = await slow(10);
    const alice = await app.as(users[1]);
    expectProblem(
      await alice.patch(`/conversations/${id}`, { slowModeSeconds: 0 }),
      'PERMISSION_DENIED',
    );
  });
});
