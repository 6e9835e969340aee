import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { INSTANT } from '../support/chat-shapes.js';
import { createDatabase } from '../support/database.js';
import type { RestClient } from '../support/rest-client.js';
import { Service } from '../support/service.js';
import { someone, tokenFor } from '../support/tokens.js';
import { restClient } from '../support/rest-client.js';
import { bodyOf, expectInvalid, expectProblem } from '../rest/support/problems.js';
import { MODERATOR, NOTHING, outcomeOf, setRules } from './support/rules.js';

const PATH = '/moderation/rules';

interface Document {
  readonly version: number;
}

const COMPLETE = {
  exemptModerators: false,
  words: { languages: ['en', 'fr'], blocked: ['zut', 'crypto*', 'buy now'], allowed: ['dope'] },
  links: { policy: 'listed', domains: ['example.org', 'bücher.de'] },
  repeats: { max: 3, seconds: 60 },
  bursts: { max: 20, seconds: 10 },
  caps: { minLength: 12, share: 0.75 },
  mentions: { max: 5 },
};

let app: TestApp;
let moderator: RestClient;
beforeAll(async () => {
  app = await startApp();
  moderator = await app.as(MODERATOR);
});
afterAll(() => app.stop());

describe('the rules of a fresh install', () => {
  it('refuse nothing, and nobody wrote them', async () => {
    const { status, body } = await moderator.get(PATH);
    expect(status).toBe(200);
    expect(body).toStrictEqual({ ...NOTHING, version: 0, updatedAt: null, updatedBy: null });
  });
});

describe('replacing the rules', () => {
  beforeEach(() => setRules(app));

  it('answers with the document as it holds from now on', async () => {
    const { version } = bodyOf<Document>(await moderator.get(PATH));
    const answer = await moderator.put(PATH, COMPLETE);
    expect(answer.status).toBe(200);
    const expected = {
      ...COMPLETE,
      version: version + 1,
      updatedAt: INSTANT,
      updatedBy: MODERATOR.id,
    };
    expect(answer.body).toStrictEqual(expected);
    expect((await moderator.get(PATH)).body).toStrictEqual(expected);
  });

  it('turns off what is left out or null', async () => {
    await setRules(app, COMPLETE);
    await setRules(app, { caps: null, words: { blocked: ['zut'] }, links: null });
    expect((await moderator.get(PATH)).body).toMatchObject({
      ...NOTHING,
      words: { languages: [], blocked: ['zut'], allowed: [] },
    });
  });

  it('by whom the version is known is safe from others', async () => {
    const { version } = bodyOf<Document>(await moderator.get(PATH));
    const first = await moderator.put(PATH, { version, mentions: { max: 1 } });
    expect(first.body).toMatchObject({ version: version + 1, mentions: { max: 1 } });
    expectProblem(await moderator.put(PATH, { version, mentions: { max: 2 } }), 'CONFLICT');
    expect((await moderator.get(PATH)).body).toMatchObject({ mentions: { max: 1 } });
  });

  it('of two at once, one wins by its version, and without one both are stored', async () => {
    const { version } = bodyOf<Document>(await moderator.get(PATH));
    const both = [1, 2].map((max) => moderator.put(PATH, { version, mentions: { max } }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409]);
    const anyhow = [1, 2, 3, 4].map((max) => moderator.put(PATH, { mentions: { max } }));
    const versions = (await Promise.all(anyhow)).map((answer) => bodyOf<Document>(answer).version);
    expect(new Set(versions).size).toBe(4);
    expect(bodyOf<Document>(await moderator.get(PATH)).version).toBe(Math.max(...versions));
  });

  it('is for moderators and administrators alone, as is reading them', async () => {
    const owner = someone('owner');
    await app.conversation([owner]);
    for (const user of [owner, someone('stranger')]) {
      const client = await app.as(user);
      expectProblem(await client.get(PATH), 'PERMISSION_DENIED');
      expectProblem(await client.put(PATH, COMPLETE), 'PERMISSION_DENIED');
      expectProblem(await client.post(`${PATH}/dry-run`, { rules: {} }), 'PERMISSION_DENIED');
    }
    for (const role of ['admin', 'superuser']) {
      expect((await (await app.as(someone('staff', [role]))).get(PATH)).status).toBe(200);
    }
    const nobody = restClient(app.url);
    expectProblem(await nobody.get(PATH), 'AUTH_FAILED');
    expectProblem(await nobody.put(PATH, {}), 'AUTH_FAILED');
  });
});

const many = (count: number, text: string) =>
  Array.from({ length: count }, (_, n) => `${text}${n}`);

/** A document, and the field that is wrong in it. */
const HOSTILE: readonly (readonly [field: string, rules: unknown])[] = [
  ['exemptModerators', { exemptModerators: 'yes' }],
  ['words', { words: [] }],
  ['words', { words: 'zut' }],
  ['words.languages', { words: { languages: ['xx'] } }],
  ['words.languages', { words: { languages: 'en' } }],
  ['words.languages', { words: { languages: ['__proto__x'] } }],
  ['words.languages', { words: { languages: many(8, 'en') } }],
  ['words.blocked', { words: { blocked: 'zut' } }],
  ['words.blocked', { words: { blocked: [7] } }],
  ['words.blocked', { words: { blocked: [''] } }],
  ['words.blocked', { words: { blocked: ['   '] } }],
  ['words.blocked', { words: { blocked: ['...'] } }],
  ['words.blocked', { words: { blocked: ['\u200b'] } }],
  ['words.blocked', { words: { blocked: ['*'] } }],
  ['words.blocked', { words: { blocked: ['f*'] } }],
  ['words.blocked', { words: { blocked: ['f**'] } }],
  ['words.blocked', { words: { blocked: ['*word'] } }],
  ['words.blocked', { words: { blocked: ['two words*'] } }],
  ['words.blocked', { words: { blocked: ['x'.repeat(101)] } }],
  ['words.blocked', { words: { blocked: many(5_001, 'w') } }],
  ['words.blocked', { words: { blocked: [['zut']] } }],
  ['words.allowed', { words: { allowed: ['zut*'] } }],
  ['words.allowed', { words: { allowed: many(1_001, 'w') } }],
  ['words.denied', { words: { denied: ['zut'] } }],
  ['links.policy', { links: {} }],
  ['links.policy', { links: { policy: 'refuse' } }],
  ['links.policy', { links: { policy: ['block'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['https://example.org'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['example.org/path'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['*.example.org'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['user@example.org'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['example.org:80'] } }],
  ['links.domains', { links: { policy: 'listed', domains: ['.example.org'] } }],
  ['links.domains', { links: { policy: 'listed', domains: [''] } }],
  ['links.domains', { links: { policy: 'listed', domains: [null] } }],
  ['links.domains', { links: { policy: 'listed', domains: many(1_001, 'd') } }],
  ['repeats.max', { repeats: { max: 0, seconds: 10 } }],
  ['repeats.max', { repeats: { max: 1.5, seconds: 10 } }],
  ['repeats.max', { repeats: { max: '3', seconds: 10 } }],
  ['repeats.seconds', { repeats: { max: 3 } }],
  ['bursts.seconds', { bursts: { max: 3, seconds: 86_401 } }],
  ['bursts.max', { bursts: { max: 1_001, seconds: 1 } }],
  ['bursts', { bursts: 3 }],
  ['caps.share', { caps: { minLength: 1, share: 0 } }],
  ['caps.share', { caps: { minLength: 1, share: 1.01 } }],
  ['caps.minLength', { caps: { minLength: 0, share: 0.5 } }],
  ['mentions.max', { mentions: { max: -1 } }],
  ['mentions.max', { mentions: { max: 51 } }],
  ['mentions', { mentions: true }],
  ['capitals', { capitals: { minLength: 1, share: 1 } }],
  ['updatedBy', { updatedBy: 1 }],
  ['version', { version: -1 }],
  ['version', { version: '1' }],
];

describe('rules that are none', () => {
  it.each(HOSTILE)('%s: %#', async (field, rules) => {
    await setRules(app, COMPLETE);
    const before = (await moderator.get(PATH)).body;
    expectInvalid(await moderator.put(PATH, rules), field);
    expect((await moderator.get(PATH)).body).toEqual(before);
    if (field === 'version' || field === 'updatedBy') return;
    expectInvalid(await moderator.post(`${PATH}/dry-run`, { rules }), `rules.${field}`);
  });

  it.each(['{}', '[]', '"rules"', 'null', '7', '{', '', undefined])('%j', async (body) => {
    await setRules(app, COMPLETE);
    expectProblem(await moderator.put(PATH, body), 'VALIDATION_FAILED', 400);
    expect((await moderator.get(PATH)).body).toMatchObject(COMPLETE);
  });

  it('a document that does not say it is JSON', async () => {
    await setRules(app, COMPLETE);
    const authorization = `Bearer ${await tokenFor(MODERATOR)}`;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { authorization, 'content-type': type };
      const body = JSON.stringify({ caps: null });
      const { status } = await fetch(app.url + PATH, { method: 'PUT', headers, body });
      expect(status).toBe(400);
    }
    expect((await moderator.get(PATH)).body).toMatchObject(COMPLETE);
  });

  it('as many words, domains and characters as may be', async () => {
    const words = { blocked: many(5_000, 'w'), allowed: many(1_000, 'w') };
    const domains = many(1_000, 'sub.example');
    await setRules(app, { words, links: { policy: 'listed', domains } });
    await setRules(app, { words: { blocked: ['x'.repeat(100), `${'x'.repeat(99)}*`] } });
  });
});

describe('a change', () => {
  it('holds before it is answered, and until the next one', async () => {
    const alice = someone('alice');
    const id = await app.conversation([alice]);
    const client = await app.as(alice);
    const say = async () =>
      outcomeOf(await client.post(`/conversations/${id}/messages`, { content: 'zut alors' }));
    for (let time = 0; time < 3; time++) {
      await setRules(app);
      expect(await say()).toBe('sent');
      await setRules(app, { words: { blocked: ['zut'] } });
      expect(await say()).toBe('CONTENT_REJECTED');
    }
  });

  it('outlives the process, before the first message is taken', async () => {
    const database = await createDatabase();
    const service = await Service.start({ DATABASE_URL: database.url });
    try {
      const [alice, guard] = [someone('alice'), MODERATOR];
      const id = await service.conversation([alice]);
      const staff = restClient(service.url, await tokenFor(guard));
      const client = restClient(service.url, await tokenFor(alice));
      const put = await staff.put(PATH, { words: { languages: ['fr'], blocked: ['zut'] } });
      await client.patch(`/conversations/${id}`, { slowModeSeconds: 3_600 });
      await service.end('SIGKILL');
      await service.restart();
      const say = async (content: string) =>
        outcomeOf(await client.post(`/conversations/${id}/messages`, { content }));
      expect([await say('zut'), await say('merde')]).toEqual([
        'CONTENT_REJECTED',
        'CONTENT_REJECTED',
      ]);
      expect((await staff.get(PATH)).body).toEqual(put.body);
      // Its owner is not slowed down; who else takes part is.
      const bob = restClient(service.url, await tokenFor(someone('bob')));
      const { id: bobId } = bodyOf<{ id: number }>(await bob.get('/users/me'));
      await client.put(`/conversations/${id}/participants/${bobId}`);
      const bobSays = async (content: string) =>
        outcomeOf(await bob.post(`/conversations/${id}/messages`, { content }));
      expect([await bobSays('one'), await bobSays('two')]).toEqual(['sent', 'RATE_LIMITED']);
    } finally {
      await service.remove();
      await database.drop();
    }
  }, 120_000);
});
