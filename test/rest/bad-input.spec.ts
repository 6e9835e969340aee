import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { RestClient } from '../support/rest-client.js';
import { someone } from '../support/tokens.js';
import { expectProblem } from './support/problems.js';

/** Stands in every bad input below: no answer may repeat it. */
const MARKER = 'zx81marker';

const nested = (depth: number): unknown =>
  depth === 1 ? { leaf: MARKER } : { deeper: nested(depth - 1) };

/** Raw JSON: JSON.stringify would mend or drop much of what is tested. */
const CREATE: Record<string, string> = {
  'a number for a text': `{"type":"private","title":5}`,
  'an array for a text': `{"type":"private","title":["${MARKER}"]}`,
  'an object for a text': `{"type":"private","title":{"${MARKER}":1}}`,
  'an array for the type': `{"type":["private"],"title":"${MARKER}"}`,
  'null for the type': `{"type":null,"title":"${MARKER}"}`,
  'an unknown type': `{"type":"${MARKER}"}`,
  'a text for a boolean': `{"type":"private","allowAnonymous":"${MARKER}"}`,
  'a number for a boolean': `{"type":"private","allowAnonymous":1}`,
  'a text for a number': `{"type":"private","maxParticipants":"5"}`,
  'a fraction': `{"type":"private","maxParticipants":1.5}`,
  zero: `{"type":"private","maxParticipants":0}`,
  'a negative number': `{"type":"private","maxParticipants":-1}`,
  'a number beyond the bound': `{"type":"private","maxParticipants":1000001}`,
  'an unsafe integer': `{"type":"private","maxParticipants":9007199254740993}`,
  'a number beyond all numbers': `{"type":"private","maxParticipants":1e400}`,
  'a number of a thousand digits': `{"type":"private","maxParticipants":${'9'.repeat(1_000)}}`,
  'a title that is too long': `{"type":"private","title":"${MARKER}${'x'.repeat(200)}"}`,
  'a slug that is too long': `{"type":"public","slug":"${MARKER}${'x'.repeat(64)}"}`,
  'NUL in a text': `{"type":"private","title":"${MARKER}\\u0000"}`,
  'NUL in a slug': `{"type":"private","slug":"${MARKER}\\u0000"}`,
  'a lone high surrogate': `{"type":"private","title":"${MARKER}\\ud83d"}`,
  'a lone low surrogate': `{"type":"private","title":"${MARKER}\\udc00"}`,
  'NUL in an unknown field': `{"type":"private","${MARKER}":"\\u0000"}`,
  'NUL in the name of a field': `{"type":"private","${MARKER}\\u0000":1}`,
  'the key __proto__': `{"type":"private","__proto__":{"${MARKER}":1}}`,
  'the key constructor': `{"type":"private","constructor":{"prototype":{"${MARKER}":1}}}`,
  'the key prototype, deep': `{"type":"private","x":[{"prototype":"${MARKER}"}]}`,
  'depth 17': `{"type":"private","x":${JSON.stringify(nested(16))}}`,
  'arrays to depth 17': `{"type":"private","x":${'['.repeat(16)}"${MARKER}"${']'.repeat(16)}}`,
  'arrays to depth 5,000': `{"type":"private","x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  'a text for a list': `{"type":"private","participantIds":"${MARKER}"}`,
  'an object for a list': `{"type":"private","participantIds":{"0":"${MARKER}","length":1}}`,
  'a list of objects': `{"type":"private","participantIds":[{"id":"${MARKER}"}]}`,
  'a list with null': `{"type":"private","participantIds":[null]}`,
  'a list with a fraction': `{"type":"private","participantIds":[1.5]}`,
  'a list with an empty text': `{"type":"private","participantIds":[""]}`,
  'a list that is too long': `{"type":"private","participantIds":[${'1,'.repeat(100)}1]}`,
  'an id that is too long': `{"type":"private","participantIds":["${MARKER}${'x'.repeat(128)}"]}`,
  'an array for the whole': `[{"type":"private","title":"${MARKER}"}]`,
};

const SEND: Record<string, string> = {
  'no content': `{"text":"${MARKER}"}`,
  'null for the content': `{"content":null,"type":"text"}`,
  'a number for the content': `{"content":5}`,
  'an array for the content': `{"content":["${MARKER}"]}`,
  'NUL in the content': `{"content":"${MARKER}\\u0000"}`,
  'a lone surrogate in the content': `{"content":"${MARKER}\\ud800"}`,
  'content that is too long': `{"content":"${MARKER}${'x'.repeat(4_000)}"}`,
  'an unknown type': `{"content":"${MARKER}","type":"${MARKER}"}`,
  'a text for replyTo': `{"content":"${MARKER}","replyTo":"1"}`,
  'zero for replyTo': `{"content":"${MARKER}","replyTo":0}`,
  'a fraction for replyTo': `{"content":"${MARKER}","replyTo":1.5}`,
  'an unsafe integer for replyTo': `{"content":"${MARKER}","replyTo":9007199254740992}`,
  'infinity for replyTo': `{"content":"${MARKER}","replyTo":1e999}`,
  'a text for attachments': `{"content":"${MARKER}","attachments":"https://example.org"}`,
  'a number among attachments': `{"content":"${MARKER}","attachments":[5]}`,
  'a list among attachments': `{"content":"${MARKER}","attachments":[["https://example.org"]]}`,
  'a script among attachments': `{"content":"${MARKER}","attachments":["javascript:${MARKER}"]}`,
  'an object for mentions': `{"content":"${MARKER}","mentions":{}}`,
  'too many mentions': `{"content":"${MARKER}","mentions":[${'1,'.repeat(50)}1]}`,
  'an empty clientMessageId': `{"content":"${MARKER}","clientMessageId":""}`,
  'a number for clientMessageId': `{"content":"${MARKER}","clientMessageId":5}`,
  'a clientMessageId that is too long': `{"content":"x","clientMessageId":"${MARKER.repeat(7)}"}`,
  'NUL in clientMessageId': `{"content":"x","clientMessageId":"${MARKER}\\u0000"}`,
};

const QUERIES = [
  `cursor=${MARKER}`,
  `cursor=${MARKER}%00`,
  `cursor=a&cursor=${MARKER}`,
  `limit=${MARKER}`,
  `__proto__=${MARKER}`,
  `constructor=${MARKER}`,
  `x=${MARKER}%00`,
];

describe('bad input over REST', () => {
  let app: TestApp;
  let client: RestClient;
  let id: number;
  const alice = someone('alice');

  beforeAll(async () => {
    app = await startApp();
    client = await app.as(alice);
    id = await app.conversation([alice]);
  });
  afterAll(() => app.stop());

  const refuses = async (answer: Promise<Awaited<ReturnType<RestClient['get']>>>) => {
    const { status, body, headers } = await answer;
    const code = (body as { code?: string }).code;
    const isTooLong = code === 'MESSAGE_TOO_LONG';
    expectProblem({ status, body, headers }, isTooLong ? code : 'VALIDATION_FAILED', 400);
    expect(JSON.stringify(body) + JSON.stringify([...headers])).not.toContain(MARKER);
  };

  it.each(Object.entries(CREATE))('POST /conversations refuses %s', async (_, body) => {
    await refuses(client.post('/conversations', body));
  });

  it.each(Object.entries(SEND))('POST …/messages refuses %s', async (_, body) => {
    await refuses(client.post(`/conversations/${id}/messages`, body));
  });

  it.each(QUERIES)('GET /conversations refuses ?%s', async (query) => {
    await refuses(client.get(`/conversations?${query}`));
  });

  it('refuses NUL in a path', async () => {
    await refuses(client.get(`/conversations/${MARKER}%00`));
    await refuses(client.put(`/conversations/${id}/participants/${MARKER}%00`));
    await refuses(client.delete(`/messages/${MARKER}%00`));
  });

  it('takes depth 16, unknown fields and text that merely looks dangerous', async () => {
    const title = `'); DROP TABLE messages; -- <script> $\{x} %s __proto__`;
    const body = { type: 'private', title, unknown: nested(15) };
    const created = await client.post('/conversations', body);
    expect(created).toMatchObject({ status: 201, body: { title } });
    expect(JSON.stringify(created.body)).not.toContain('unknown');
  });

  it('has stored none of it, and serves the next caller as ever', async () => {
    const sql = `SELECT 1 FROM messages WHERE content LIKE '%${MARKER}%'
      UNION ALL SELECT 1 FROM conversations WHERE title LIKE '%${MARKER}%'`;
    expect(await app.database.query(sql)).toEqual([]);
    expect(({} as Record<string, unknown>)[MARKER]).toBeUndefined();
    const next = await app.as(someone('next'));
    expect((await next.get('/users/me')).status).toBe(200);
  });
});
