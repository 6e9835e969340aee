import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, messageIn } from '../support/chat-shapes.js';
import { withoutPings } from '../support/frame-client.js';
import type { Speaker } from '../support/speaker.js';
import { DIALECTS, named, type DialectName } from '../support/speakers.js';
import { someone, type TestUser } from '../support/tokens.js';
import { errorOf } from '../support/veza-errors.js';
import { aFrame, anAnswer, userData, type Json } from '../support/veza-shapes.js';
import { ATTACKS } from '../dialects/support/attacks.js';
import { expectProblem } from '../rest/support/problems.js';
import { outcomeOf, setRules } from './support/rules.js';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());
afterEach(() => setRules(app));

const WORDS = { words: { blocked: ['zut'] } };
const TEXT = 'The message was rejected: it contains blocked words.';
const DETAILS = [{ field: 'content', rules: ['must not contain blocked words'] }];

/** A failure in each dialect’s own words (docs/protocols). */
const REFUSALS: Readonly<Record<DialectName, (place: number) => Json>> = {
  chat: () => ({
    ...aFailure('CONTENT_REJECTED', { message: TEXT, details: DETAILS }),
    ...{ message: TEXT, event: 'message:send' },
  }),
  root: () => ({
    ...{ code: 'CONTENT_REJECTED', message: TEXT },
    details: [{ ...DETAILS[0], field: 'message' }],
  }),
  veza: () => {
    const fields = { details: 'content must not contain blocked words', fields: DETAILS };
    const suggestion = 'Correct the request before trying again.';
    const data = { ...errorOf(1002, TEXT, fields), suggestion };
    return anAnswer('client-id', 'error', data);
  },
  salon: (place) => ({
    ...{ code: 'PERMISSION_DENIED', message: TEXT },
    details: expect.objectContaining({ room: place }),
  }),
  live: () => ({
    type: 'error',
    data: {
      ...{ code: 'CONTENT_REJECTED', message: 'Message rejected' },
      fields: [{ ...DETAILS[0], field: 'message' }],
    },
  }),
};

async function joined(dialect: (typeof DIALECTS)[number], user: TestUser, id: number) {
  const speaker = await dialect.connect(app, user);
  await speaker.join(id);
  return speaker;
}

/** Sends a text, and resolves with what the sender is told that is no message. */
async function toldOf(speaker: Speaker, id: number, text: string): Promise<Json[]> {
  const attack = ATTACKS[speaker.dialect];
  const before = speaker.log.length;
  speaker.emit(attack.event, attack.message(id, text, { clientId: 'client-id' }));
  await speaker.hears('other', (heard) => speaker.log.indexOf(heard) >= before);
  await speaker.settled();
  return speaker.log.slice(before).map(({ wire }) => wire);
}

describe.each(named(DIALECTS))('a message in %s that the rules refuse', (name, dialect) => {
  it('is answered so, and nobody hears of it', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const a = await joined(dialect, alice, id);
    const b = await joined(dialect, bob, id);
    await setRules(app, WORDS);
    const [refusal, ...more] = await toldOf(a, id, 'oh, z.u.t!');
    expect(refusal).toMatchObject(REFUSALS[name](id));
    expect(more).toHaveLength(name === 'veza' ? 1 : 0);
    expect(JSON.stringify([refusal, ...more])).not.toContain('z.u.t');
    await a.say(id, 'as it should be');
    await b.hears('message');
    await b.settled();
    expect(b.messages.map(({ text }) => text)).toEqual(['as it should be']);
  });

  it('leaves no gap in the conversation', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const a = await joined(dialect, alice, id);
    await a.say(id, 'one');
    await setRules(app, WORDS);
    await toldOf(a, id, 'zut');
    await a.say(id, 'two');
    const { body } = await (await app.as(alice)).get(`/conversations/${id}/messages`);
    expect(body).toMatchObject({ items: [{ seq: 1 }, { seq: 2, content: 'two' }] });
  });

  it('is let through from moderators and administrators, unless the rules say otherwise', async () => {
    for (const role of ['moderator', 'admin', 'superuser']) {
      const staff = someone('staff', [role]);
      const id = await app.conversation([staff]);
      const s = await joined(dialect, staff, id);
      await setRules(app, WORDS);
      await s.say(id, 'zut');
      await setRules(app, { ...WORDS, exemptModerators: false });
      expect((await toldOf(s, id, 'zut'))[0]).toMatchObject(REFUSALS[name](id));
    }
  });

  it('is refused to its conversation’s owner as to anybody', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const a = await joined(dialect, alice, id);
    await setRules(app, WORDS);
    expect((await toldOf(a, id, 'zut'))[0]).toMatchObject(REFUSALS[name](id));
  });
});

describe('in veza', () => {
  const rejection = (user: TestUser, room: number | string) =>
    aFrame('moderation_action', {
      ...{ action: 'message_rejected', message_id: null, reason: 'rejected_by_rules' },
      ...{ moderator_id: null, room_id: room, ...userData(user) },
    });

  it('a moderation_action follows the error, on the socket that sent it alone', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, other, b] = [await app.veza(alice), await app.veza(alice), await app.veza(bob)];
    for (const client of [a, other, b]) {
      client.send('join_room', { room_id: id });
      await client.next('room_joined');
    }
    await setRules(app, WORDS);
    a.send('message', { room_id: id, content: 'zut' });
    expect(await a.next('error')).toMatchObject({ code: 1002 });
    await a.next('moderation_action');
    expect(withoutPings(a.frames).at(-1)).toStrictEqual(rejection(alice, id));
    for (const client of [other, b]) {
      await client.settled();
      expect(client.frames.filter(({ type }) => type === 'moderation_action')).toEqual([]);
    }
  });

  it('it names a private room as its sender would', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    await app.veza(bob);
    const a = await app.veza(alice);
    await setRules(app, WORDS);
    a.send('message', { recipient_id: bob.id, content: 'zut', is_private: true });
    const { room_id } = await a.next('moderation_action');
    expect(room_id).toBe(`private_${alice.id}_${bob.id}`);
    // And no conversation came to be.
    const { body } = await (await app.as(alice)).get('/conversations');
    expect(body).toMatchObject({ items: [] });
  });

  it('other errors have none', async () => {
    const alice = someone('alice');
    const a = await app.veza(alice);
    a.send('message', { room_id: 999_999, content: 'zut' });
    await a.next('error');
    await a.settled();
    expect(a.frames.filter(({ type }) => type === 'moderation_action')).toEqual([]);
  });
});

describe('over REST', () => {
  it('it is a problem that names the rules, and never what broke them', async () => {
    const alice = someone('alice');
    const path = `/conversations/${await app.conversation([alice])}/messages`;
    const client = await app.as(alice);
    await setRules(app, {
      ...WORDS,
      links: { policy: 'block' },
      caps: { minLength: 3, share: 0.5 },
      mentions: { max: 0 },
    });
    const content = 'ZUT ALORS, see EVIL.example.org, @BOB';
    const problem = expectProblem(await client.post(path, { content }), 'CONTENT_REJECTED', 422);
    expect(problem.detail).toBe(
      'The message was rejected: it contains blocked words, and it contains a link that is not allowed here, and most of it is in capitals, and it mentions too many people.',
    );
    expect(problem.details).toStrictEqual([
      {
        field: 'content',
        rules: [
          'must not contain blocked words',
          'must not contain links that are not allowed',
          'must not be mostly in capitals',
          'must not mention so many people',
        ],
      },
    ]);
    expect(JSON.stringify(problem)).not.toMatch(/zut|evil|bob/i);
  });

  it('attachments that are links elsewhere count', async () => {
    const alice = someone('alice');
    const path = `/conversations/${await app.conversation([alice])}/messages`;
    const client = await app.as(alice);
    await setRules(app, { links: { policy: 'listed', domains: ['example.org'] } });
    const say = async (...attachments: string[]) =>
      outcomeOf(await client.post(path, { content: 'look', attachments }));
    expect(await say('https://cdn.example.org/1.png')).toBe('sent');
    expect(await say('https://evil.example/1.png')).toBe('CONTENT_REJECTED');
    expect(await say('/uploads/app/1.png')).toBe('sent');
  });

  it('users mentioned by id count beside those in the text', async () => {
    const [alice, bob, carol] = [someone('alice'), someone('bob'), someone('carol')];
    const path = `/conversations/${await app.conversation([alice, bob, carol])}/messages`;
    const client = await app.as(alice);
    await setRules(app, { mentions: { max: 2 } });
    const say = async (content: string, mentions: unknown[]) =>
      outcomeOf(await client.post(path, { content, mentions }));
    expect(await say('hello', [bob.id, carol.id])).toBe('sent');
    expect(await say('hello @dave', [bob.id])).toBe('sent');
    expect(await say('hello @dave', [bob.id, carol.id])).toBe('CONTENT_REJECTED');
  });
});

describe('an edit', () => {
  it('is judged as a message is, and leaves it as it was', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const a = await app.connect(alice);
    await a.join(id);
    const { id: messageId } = messageIn(await a.send(id, 'harmless'));
    await setRules(app, WORDS);
    const refused = await a.request('message:edit', { messageId, content: 'zut' });
    expect(refused.error).toMatchObject({ code: 'CONTENT_REJECTED', details: DETAILS });
    const { body } = await (await app.as(alice)).get(`/conversations/${id}/messages`);
    expect(body).toMatchObject({ items: [{ content: 'harmless', editedAt: null }] });
    await a.expect('message:edit', { messageId, content: 'harmless, too' });
  });

  it('by somebody else is none of the rules’ business', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const [a, b] = [await app.connect(alice), await app.connect(bob)];
    const { id: messageId } = messageIn(await a.send(id, 'harmless'));
    await setRules(app, WORDS);
    const { error } = await b.request('message:edit', { messageId, content: 'zut' });
    expect(error?.code).toBe('PERMISSION_DENIED');
  });
});

describe('a visitor without a token', () => {
  it('is judged, too', async () => {
    const visitor = await app.live(null, 'room/a-live-room');
    await setRules(app, WORDS);
    visitor.send('chat_message', { message: 'zut' });
    expect(await visitor.next('error')).toMatchObject({ code: 'CONTENT_REJECTED' });
    visitor.send('chat_message', { message: 'hello' });
    expect(await visitor.next('chat_message')).toMatchObject({ message: 'hello' });
  });
});
