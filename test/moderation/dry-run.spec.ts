import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn, range } from '../support/chat-shapes.js';
import type { ChatClient } from '../support/chat-client.js';
import { gather } from '../support/gathering.js';
import { someone } from '../support/tokens.js';
import type { RestClient } from '../support/rest-client.js';
import { bodyOf, expectInvalid, expectProblem } from '../rest/support/problems.js';
import { MODERATOR, NOTHING, setRules } from './support/rules.js';

const PATH = '/moderation/rules/dry-run';

interface Rehearsal {
  readonly examined: number;
  readonly rejected: number;
  readonly byRule: Record<string, number>;
  readonly samples: readonly { readonly messageId: number; readonly rules: readonly string[] }[];
}

let app: TestApp;
let moderator: RestClient;
beforeAll(async () => {
  app = await startApp();
  moderator = await app.as(MODERATOR);
});
afterAll(() => app.stop());

const rehearse = async (rules: unknown, fields: Record<string, unknown> = {}) => {
  const answer = await moderator.post(PATH, { rules, ...fields });
  expect(answer.status).toBe(200);
  return bodyOf<Rehearsal>(answer);
};

const say = async (client: ChatClient, id: number, content: string, fields = {}) =>
  messageIn(await client.send(id, content, fields)).id;

describe('a dry run', () => {
  it('tells what the rules would have refused, newest first, and changes nothing', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    await say(a, id, 'hello');
    const word = await say(b, id, 'zut');
    const both = await say(a, id, 'ZUT, see https://evil.example', {
      attachments: ['https://good.example/1.png'],
    });
    const rules = {
      words: { blocked: ['zut'] },
      links: { policy: 'listed', domains: ['good.example'] },
    };
    const before = (await moderator.get('/moderation/rules')).body;
    expect(await rehearse(rules, { conversationId: id })).toStrictEqual({
      examined: 3,
      rejected: 2,
      byRule: { words: 2, links: 1 },
      samples: [
        { messageId: both, conversationId: id, rules: ['words', 'links'] },
        { messageId: word, conversationId: id, rules: ['words'] },
      ],
    });
    expect((await moderator.get('/moderation/rules')).body).toEqual(before);
    await say(a, id, 'zut');
  });

  it('looks at all conversations, or at one by whatever name', async () => {
    const { users, clients } = await gather(app, ['alice']);
    const slug = 'a-rehearsed-room';
    const named = await app.conversation(users, { slug });
    const other = await app.conversation(users);
    for (const id of [named, other]) await say(clients[0], id, 'quincunx');
    const rules = { words: { blocked: ['quincunx'] } };
    expect(await rehearse(rules)).toMatchObject({ rejected: 2 });
    for (const conversationId of [named, String(named), slug, `room_${named}`]) {
      const only = { examined: 1, rejected: 1, samples: [{ conversationId: named }] };
      expect(await rehearse(rules, { conversationId })).toMatchObject(only);
    }
    const unknown = await moderator.post(PATH, { rules, conversationId: 999_999 });
    expectProblem(unknown, 'CONVERSATION_NOT_FOUND');
  });

  it('looks at the newest only, as many as are asked for', async () => {
    const { id, clients } = await gather(app, ['alice']);
    for (const n of range(1, 7)) await say(clients[0], id, `zut ${n}`);
    const rules = { words: { blocked: ['zut'] } };
    const { examined, samples } = await rehearse(rules, { conversationId: id, limit: 3 });
    expect(examined).toBe(3);
    const { body } = await moderator.get(`/conversations/${id}/messages?limit=3`);
    const newest = (body as { items: { id: number }[] }).items.map((message) => message.id);
    expect(samples.map(({ messageId }) => messageId)).toEqual(newest.reverse());
  });

  it('judges what is counted over time by when it was sent', async () => {
    const { id, clients } = await gather(app, ['alice', 'bob']);
    const [a, b] = clients;
    for (const text of ['hello', 'HELLO', 'other', 'h.e.l.l.o']) await say(a, id, text);
    await say(b, id, 'hello');
    // Ten seconds between any two.
    await app.database.query(
      `UPDATE messages SET sent_at = now() - (100 - seq) * interval '10 s' WHERE conversation_id = $1`,
      [id],
    );
    const of = async (rules: unknown) =>
      (await rehearse(rules, { conversationId: id })).samples.map(({ rules: broken }) => broken);
    expect(await of({ repeats: { max: 2, seconds: 60 } })).toEqual([['repeats']]);
    expect(await of({ repeats: { max: 2, seconds: 20 } })).toEqual([]);
    expect(await of({ repeats: { max: 1, seconds: 60 } })).toEqual([['repeats'], ['repeats']]);
    expect(await of({ bursts: { max: 2, seconds: 60 } })).toEqual([['bursts'], ['bursts']]);
    expect(await of({ bursts: { max: 1, seconds: 10 } })).toEqual([]);
  });

  it('counts mentions once, whether they stand in the text or beside it', async () => {
    const { id, users, clients } = await gather(app, ['alice', 'bob-of-the-run', 'carol']);
    const [, bob, carol] = users;
    await say(clients[0], id, 'hello @bob-of-the-run', { mentions: [bob.id, carol.id] });
    const crowded = (max: number) =>
      rehearse({ mentions: { max } }, { conversationId: id }).then(({ rejected }) => rejected);
    expect([await crowded(1), await crowded(2)]).toEqual([1, 0]);
  });

  it('leaves out moderators, as they came last, unless the rules say otherwise', async () => {
    const staff = someone('staff', ['moderator']);
    const id = await app.conversation([staff]);
    await say(await app.connect(staff), id, 'zut');
    const words = { blocked: ['zut'] };
    const run = (rules: unknown) => rehearse(rules, { conversationId: id });
    expect(await run({ words })).toMatchObject({ examined: 1, rejected: 0, samples: [] });
    expect(await run({ words, exemptModerators: false })).toMatchObject({ rejected: 1 });
  });

  it('leaves out what was deleted', async () => {
    const { id, clients } = await gather(app, ['alice']);
    const messageId = await say(clients[0], id, 'zut');
    await clients[0].expect('message:delete', { messageId });
    const rules = { words: { blocked: ['zut'] } };
    expect(await rehearse(rules, { conversationId: id })).toMatchObject({ examined: 0 });
  });

  it('looks at thousands of messages, shows fifty, and lets others go on meanwhile', async () => {
    const { id, clients } = await gather(app, ['alice']);
    await app.database.query(
      `INSERT INTO messages (conversation_id, seq, sender_id, sender_name, type, content, sent_at)
       SELECT $1, n, '1', 'x', 'text', 'zut ' || repeat('long ', 20), now()
       FROM generate_series(1000, 12000) n`,
      [id],
    );
    const running = rehearse(
      { words: { blocked: ['zut'] } },
      { conversationId: id, limit: 10_000 },
    );
    let isOver = false;
    void running.finally(() => (isOver = true));
    await say(clients[0], id, 'meanwhile');
    expect(isOver).toBe(false);
    const { examined, rejected, byRule, samples } = await running;
    expect(examined).toBe(10_000);
    // What was said meanwhile may be among them.
    expect(rejected).toBeGreaterThanOrEqual(9_999);
    expect(byRule).toEqual({ words: rejected });
    expect(samples).toHaveLength(50);
  });

  it('of no rules refuses nothing', async () => {
    expect(await rehearse({})).toMatchObject({ rejected: 0, byRule: {}, samples: [] });
    expect(await rehearse(NOTHING)).toMatchObject({ rejected: 0 });
  });

  it.each([
    ['limit', { rules: {}, limit: 0 }],
    ['limit', { rules: {}, limit: 10_001 }],
    ['limit', { rules: {}, limit: '10' }],
    ['limit', { rules: {}, limit: null }],
    ['rules', { limit: 10 }],
    ['rules', { rules: [] }],
    ['rules', { rules: null }],
    ['conversationId', { rules: {}, conversationId: [] }],
    ['version', { rules: {}, version: 1 }],
    ['rules.version', { rules: { version: 1 } }],
  ])('a wrong %s: %#', async (field, body) => {
    expectInvalid(await moderator.post(PATH, body), field);
  });
});

describe('rules that hold', () => {
  it('do not stand in the way of rehearsing others', async () => {
    const { id, clients } = await gather(app, ['alice']);
    await say(clients[0], id, 'zut');
    await setRules(app, { words: { blocked: ['zut'] } });
    const rules = { words: { blocked: ['flute'] } };
    expect(await rehearse(rules, { conversationId: id })).toMatchObject({ rejected: 0 });
    await setRules(app);
  });
});
