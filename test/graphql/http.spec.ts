import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../rest/support/problems.js';
import { startApp, type TestApp } from '../support/app.js';
import type { RestAnswer } from '../support/rest-client.js';
import { someone, tokenFor } from '../support/tokens.js';
import { answerOf, expectFailure } from './support/graphql-client.js';

const ALLOWED = 'https://app.example.org';
const BODY_LIMIT = 256 * 1024;

const QUERY = { query: '{ chatRooms { id } }' };
const MUTATION = { query: 'mutation { createChatRoom(name: "By the back door") { id } }' };
const search = (body: Record<string, string>) => `?${new URLSearchParams(body).toString()}`;
const json = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('GraphQL over HTTP', () => {
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    app = await startApp({ CORS_ORIGINS: ALLOWED });
    token = await tokenFor(someone('alice'));
  });
  afterAll(() => app.stop());

  /** As a browser would, that has the token: whatever is refused, it is not for want of one. */
  const send = async (init: RequestInit, path = ''): Promise<RestAnswer> => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) };
    const response = await fetch(`${app.url}/graphql${path}`, { ...init, headers });
    const text = await response.text();
    const { status, headers: received } = response;
    return { status, headers: received, body: text === '' ? {} : (JSON.parse(text) as unknown) };
  };
  const expectNothingDone = async () => {
    const sql = `SELECT 1 FROM conversations WHERE title = 'By the back door'`;
    expect(await app.database.query(sql)).toEqual([]);
  };

  it('answers JSON, in the newer of its types to who asks for that', async () => {
    const type = async (accept: string) => {
      const answer = await send({ ...json(QUERY), headers: { ...json(QUERY).headers, accept } });
      return answer.headers.get('content-type');
    };
    expect(await type('application/json')).toMatch(/^application\/json;/);
    const newer = 'application/graphql-response+json';
    expect(await type(newer)).toBe(`${newer}; charset=utf-8`);
    const { status } = await send({ ...json(QUERY), headers: { accept: 'text/csv' } });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it.each([1, 2, 10])('refuses a batch of %d', async (count) => {
    const batch = Array.from({ length: count }, () => MUTATION);
    expectFailure(answerOf(await send(json(batch))), 'VALIDATION_FAILED', 400);
    await expectNothingDone();
  });

  describe('what any page could have a browser send', () => {
    const form = new FormData();
    form.set('query', MUTATION.query);
    const text = JSON.stringify(MUTATION);

    it.each<[string, RequestInit, string]>([
      ['a link', {}, search(QUERY)],
      ['a link to a mutation', {}, search(MUTATION)],
      ['a form', { method: 'POST', body: new URLSearchParams(MUTATION) }, ''],
      ['a form with files', { method: 'POST', body: form }, ''],
      ['plain text', { method: 'POST', body: text }, ''],
      ['a body without a type', { method: 'POST', body: new Blob([text]) }, ''],
      [
        'JSON by the name of text',
        { method: 'POST', body: text, headers: { 'content-type': 'text/plain; application/json' } },
        '',
      ],
    ])('is refused: %s', async (_, init, path) => {
      expectFailure(answerOf(await send(init, path)), 'VALIDATION_FAILED', 400);
      await expectNothingDone();
    });
  });

  it('takes a query by GET from who says that it is no page', async () => {
    const headers = { 'apollo-require-preflight': 'true' };
    const answer = answerOf(await send({ headers }, search(QUERY)));
    expect(answer).toEqual({ status: 200, data: { chatRooms: [] } });
  });

  it('takes no mutation by GET, whoever asks', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await send({ headers }, search(MUTATION));
    expectFailure(answerOf(answer), 'VALIDATION_FAILED', 405);
    expect(answer.headers.get('allow')).toBe('POST');
    await expectNothingDone();
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('has no use for %s', async (method) => {
    const answer = await send({ ...json(MUTATION), method });
    expectFailure(answerOf(answer), 'VALIDATION_FAILED', 405);
    await expectNothingDone();
  });

  it('has no page of its own', async () => {
    const { status, headers } = await send({ headers: { accept: 'text/html' } });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('takes no token from the query', async () => {
    const path = `?token=${token}&access_token=${token}`;
    const init = { ...json(MUTATION), headers: { ...json({}).headers, authorization: '' } };
    expectFailure(answerOf(await send(init, path)), 'AUTH_FAILED', 200);
    await expectNothingDone();
  });

  it('refuses foreign origins as everything here does, with or without a preflight', async () => {
    for (const origin of ['https://evil.example', 'http://localhost:5173', 'null']) {
      for (const init of [json(MUTATION), { method: 'OPTIONS', headers: {} }]) {
        const answer = await send({ ...init, headers: { ...init.headers, origin } });
        expectProblem(answer, 'PERMISSION_DENIED', 403);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
    await expectNothingDone();
  });

  it('serves pages of the origins that are listed', async () => {
    const { headers } = json(QUERY);
    const answer = await send({ ...json(QUERY), headers: { ...headers, origin: ALLOWED } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
  });

  it('takes a body of 256 KiB, and answers FILE_TOO_LARGE to one byte more', async () => {
    const rest = BODY_LIMIT - JSON.stringify({ ...QUERY, padding: '' }).length;
    const body = (padding: number) => json({ ...QUERY, padding: 'x'.repeat(padding) });
    expect((await send(body(rest))).status).toBe(200);
    expectProblem(await send(body(rest + 1)), 'FILE_TOO_LARGE', 413);
    expect((await send(json(QUERY))).status).toBe(200);
  });

  it.each(['{', '"', 'query=x', '[{]'])('answers the malformed JSON %j with 400', async (body) => {
    expectProblem(await send({ ...json({}), body }), 'VALIDATION_FAILED', 400);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['a query that is no text', { query: 5 }],
    ['variables in a list', { ...QUERY, variables: [1] }],
    ['variables in a text', { ...QUERY, variables: '{}' }],
    ['a number for the name of the operation', { ...QUERY, operationName: 5 }],
    ['the name of an operation that is not there', { ...QUERY, operationName: 'other' }],
  ])('refuses %s', async (_, body) => {
    expectFailure(answerOf(await send(json(body))), 'VALIDATION_FAILED', 400);
  });

  it('keeps no queries for later', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    const { errors } = answerOf(await send(json({ extensions })));
    expect(errors?.map((error) => error.extensions.code)).toEqual(['VALIDATION_FAILED']);
  });
});
