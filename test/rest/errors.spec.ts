import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignJWT } from 'jose';
import { ERRORS } from '../../src/core/core.errors.js';
import { startApp, type TestApp } from '../support/app.js';
import { restClient, type RestAnswer } from '../support/rest-client.js';
import { SECRET, someone, tokenFor } from '../support/tokens.js';
import { expectProblem } from './support/problems.js';

const alice = someone('alice');

/** One of every route that asks for a token. */
const GUARDED: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/conversations'],
  ['GET', '/conversations'],
  ['GET', '/conversations/1'],
  ['PATCH', '/conversations/1'],
  ['DELETE', '/conversations/1'],
  ['GET', '/conversations/1/participants'],
  ['PUT', '/conversations/1/participants/1'],
  ['DELETE', '/conversations/1/participants/1'],
  ['GET', '/conversations/1/messages'],
  ['POST', '/conversations/1/messages'],
  ['DELETE', '/messages/1'],
  ['GET', '/users/me'],
  ['PUT', '/users/1'],
  ['POST', '/uploads'],
  ['GET', '/uploads/c2f7c1a0-4b1e-4c8e-9a55-0d9f6f1f3a11'],
  ['GET', '/uploads/c2f7c1a0-4b1e-4c8e-9a55-0d9f6f1f3a11/thumbnail'],
  ['GET', '/moderation/reports'],
  ['POST', '/moderation/reports/1/resolve'],
  ['PUT', '/videos/1'],
  ['GET', '/monitoring/chat/stats'],
];

describe('errors over REST', () => {
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    app = await startApp();
    token = await tokenFor(alice);
  });
  afterAll(() => app.stop());

  const call = async (path: string, init: RequestInit = {}): Promise<RestAnswer> => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) };
    const response = await fetch(app.url + path, { ...init, headers });
    const body: unknown = JSON.parse(await response.text());
    return { status: response.status, headers: response.headers, body };
  };
  const json = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

  describe('AUTH_FAILED', () => {
    it.each(GUARDED)(
      'is the answer of %s %s to a request without a token',
      async (method, path) => {
        const response = await fetch(app.url + path, { method });
        const { status, headers } = response;
        const answer = { status, headers, body: await response.json() };
        expectProblem(answer, 'AUTH_FAILED', 401);
        expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      },
    );

    const key = (secret: string) => new TextEncoder().encode(secret);
    const unsigned = (header: object) =>
      [header, { sub: '1', exp: 9_999_999_999 }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');

    it.each<[string, () => Promise<string> | string]>([
      ['expired', () => tokenFor(alice, { expiresIn: -60 })],
      ['not yet valid', () => tokenFor(alice, { notBefore: 600 })],
      ['forged', () => tokenFor(alice, { secret: 'another-secret-of-more-than-32-bytes' })],
      ['cut', async () => (await tokenFor(alice)).slice(0, -4)],
      ['unsigned', () => `${unsigned({ alg: 'HS256' })}.`],
      ['of alg none', () => `${unsigned({ alg: 'none' })}.`],
      ['no token at all', () => 'hello'],
      ['too long to be one', () => 'x'.repeat(9_000)],
      [
        'without a sub',
        () => new SignJWT({ username: 'x' }).setProtectedHeader({ alg: 'HS256' }).sign(key(SECRET)),
      ],
    ])('answers a token that is %s, and says no more', async (_, make) => {
      const answer = await restClient(app.url, await make()).get('/users/me');
      const { detail } = expectProblem(answer, 'AUTH_FAILED', 401);
      expect(detail).toBe(ERRORS.AUTH_FAILED.text);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer  ', 'Token x', 'bearer-token'])(
      'answers the header %j',
      async (authorization) => {
        expectProblem(await call('/users/me', { headers: { authorization } }), 'AUTH_FAILED');
      },
    );

    it('takes the scheme in any case, and no token from the query', async () => {
      const headers = { authorization: `bearer ${token}` };
      expect((await call('/users/me', { headers })).status).toBe(200);
      const response = await fetch(`${app.url}/users/me?token=${token}&access_token=${token}`);
      expect(response.status).toBe(401);
    });
  });

  describe('what no route serves', () => {
    it.each([
      ['GET', '/nothing'],
      ['GET', '/conversations/1/nothing'],
      ['POST', '/nothing'],
      ['PUT', '/conversations'],
      ['DELETE', '/users/me'],
      ['GET', '/messages/1'],
      ['GET', '/.env'],
      ['GET', '/package.json'],
      ['GET', '/..%2f..%2fpackage.json'],
      ['GET', '/%2e%2e/%2e%2e/etc/passwd'],
    ])('answers %s %s with a 404 problem', async (method, path) => {
      expectProblem(await call(path, { method }), 'VALIDATION_FAILED', 404);
    });

    it('does not repeat the path', async () => {
      const answer = await call('/no-such-<marker>-here');
      expect(JSON.stringify(answer.body)).not.toContain('marker');
    });

    it.each(['/conversations/%', '/conversations/%ff', '/users/%ed%a0%80'])(
      'answers the malformed path %s with a 400 problem',
      async (path) => {
        const init = { ...json('{"username":"x"}'), method: 'PUT' };
        const answer = await call(path, path.startsWith('/users') ? init : {});
        expectProblem(answer, 'VALIDATION_FAILED', 400);
      },
    );
  });

  describe('a body that is none', () => {
    it.each([
      '{',
      '{"type":}',
      '{"type":"private"',
      "{'type':'private'}",
      'type=private',
      '﻿{',
      '"',
    ])('answers the malformed JSON %j with a 400 problem', async (body) => {
      const { detail } = expectProblem(
        await call('/conversations', json(body)),
        'VALIDATION_FAILED',
        400,
      );
      expect(detail).not.toContain(body);
    });

    it.each(['5', '"text"', 'null', 'true', '[]', '[{"type":"private"}]', ''])(
      'answers %j where an object belongs with a 400 problem',
      async (body) => {
        expectProblem(await call('/conversations', json(body)), 'VALIDATION_FAILED', 400);
      },
    );

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x'])(
      'does not take %s for JSON',
      async (type) => {
        const answer = await call(
          '/conversations',
          json('{"type":"private"}', { 'content-type': type }),
        );
        expectProblem(answer, 'VALIDATION_FAILED', answer.status);
        expect([400, 415]).toContain(answer.status);
      },
    );

    it('answers an unknown encoding and charset with a 415 problem', async () => {
      const unknown = [
        { 'content-encoding': 'marker' },
        { 'content-type': 'application/json; charset=marker' },
      ];
      for (const headers of unknown) {
        const answer = await call('/conversations', json('{}', headers));
        expectProblem(answer, 'VALIDATION_FAILED', 415);
        expect(JSON.stringify(answer.body)).not.toContain('marker');
      }
    });

    it('answers broken compression with a 400 problem', async () => {
      const answer = await call('/conversations', json('not gzip', { 'content-encoding': 'gzip' }));
      expectProblem(answer, 'VALIDATION_FAILED', 400);
    });

    it('answers FILE_TOO_LARGE beyond 256 KiB, and the next request as ever', async () => {
      const title = 'x'.repeat(257 * 1024);
      const answer = await call('/conversations', json(JSON.stringify({ type: 'private', title })));
      expectProblem(answer, 'FILE_TOO_LARGE', 413);
      expect((await call('/users/me')).status).toBe(200);
    });
  });

  it('lists every field at fault with its rules, never with values', async () => {
    const body = { type: 'marker', title: 5, maxParticipants: 'marker', participantIds: 'marker' };
    const answer = await call('/conversations', json(JSON.stringify(body)));
    const { details } = expectProblem(answer, 'VALIDATION_FAILED');
    expect(details?.map(({ field }) => field).sort()).toEqual([
      'maxParticipants',
      'participantIds',
      'title',
      'type',
    ]);
    for (const { rules } of details ?? []) {
      expect(rules.length).toBeGreaterThan(0);
      for (const rule of rules) expect(rule).toMatch(/^must /);
    }
    expect(JSON.stringify(answer.body)).not.toContain('marker');
  });

  it('answers UNAVAILABLE while the database is away, and tells nothing of it', async () => {
    const stranded = await startApp();
    try {
      await stranded.database.drop();
      const answer = await restClient(stranded.url, token).get('/conversations');
      expectProblem(answer, 'UNAVAILABLE', 503);
      expect(JSON.stringify(answer.body)).not.toMatch(/database|sql|postgres|connect/i);
    } finally {
      await stranded.stop();
    }
  });
});
