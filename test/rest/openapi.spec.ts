import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { restClient } from '../support/rest-client.js';

interface Operation {
  summary?: string;
  tags?: string[];
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description: string }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: {
    securitySchemes: Record<string, unknown>;
    schemas: Record<string, { properties?: Record<string, unknown> }>;
  };
}

/** Every route there is; and whether it asks for a token. */
const ROUTES: readonly (readonly [method: string, path: string, needsToken: boolean])[] = [
  ['post', '/conversations', true],
  ['get', '/conversations', true],
  ['get', '/conversations/{id}', true],
  ['patch', '/conversations/{id}', true],
  ['delete', '/conversations/{id}', true],
  ['get', '/conversations/{id}/participants', true],
  ['put', '/conversations/{id}/participants/{userId}', true],
  ['delete', '/conversations/{id}/participants/{userId}', true],
  ['get', '/conversations/{id}/messages', true],
  ['post', '/conversations/{id}/messages', true],
  ['delete', '/messages/{id}', true],
  ['post', '/uploads', true],
  ['get', '/uploads/{id}', true],
  ['get', '/uploads/{id}/thumbnail', true],
  ['get', '/moderation/reports', true],
  ['get', '/moderation/reports/{id}', true],
  ['post', '/moderation/reports/{id}/assign', true],
  ['post', '/moderation/reports/{id}/resolve', true],
  ['post', '/auth/revocations', true],
  ['get', '/auth/revocations', true],
  ['get', '/moderation/rules', true],
  ['put', '/moderation/rules', true],
  ['post', '/moderation/rules/dry-run', true],
  ['get', '/moderation/sanctions', true],
  ['post', '/moderation/sanctions', true],
  ['delete', '/moderation/sanctions/{id}', true],
  ['get', '/moderation/audit', true],
  ['get', '/users/me', true],
  ['get', '/users/me/blocks', true],
  ['put', '/users/me/blocks/{userId}', true],
  ['delete', '/users/me/blocks/{userId}', true],
  ['put', '/users/{id}', true],
  ['put', '/videos/{id}', true],
  ['get', '/monitoring/chat/stats', true],
  ['get', '/health/live', false],
  ['get', '/health/ready', false],
  ['post', '/dev/tokens', false],
];

describe('the API document', () => {
  let app: TestApp;
  let document: Document;

  beforeAll(async () => {
    app = await startApp({ JWT_SECRET: '' });
    const answer = await restClient(app.url).get('/docs/openapi.json');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    document = answer.body as Document;
  });
  afterAll(() => app.stop());

  it('is OpenAPI 3 and says how to authenticate', () => {
    expect(document.openapi).toMatch(/^3\./);
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
    });
  });

  it('holds every route, and no route that is not listed here', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const expected = ROUTES.map(([method, path]) => `${method} ${path}`);
    expect(documented.sort()).toEqual(expected.sort());
  });

  it.each(ROUTES)('%s %s has a summary, a tag, its parameters and its security', (...route) => {
    const [method, path, needsToken] = route;
    const operation = document.paths[path]?.[method];
    expect(operation?.summary).toEqual(expect.any(String));
    expect(operation?.tags).toHaveLength(1);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const documented = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(documented.map(({ name }) => name).sort()).toEqual(inPath.sort());
    expect(operation?.security ?? []).toEqual(needsToken ? [{ bearer: [] }] : []);
  });

  it('describes every field of every body', () => {
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      'AssignReportBody',
      'AuthorSanctionBody',
      'CapsBody',
      'CreateConversationBody',
      'DevTokenBody',
      'DryRunBody',
      'LinksBody',
      'MentionsBody',
      'PaceBody',
      'PutUserBody',
      'PutVideoBody',
      'ResolveReportBody',
      'RevokeTokensBody',
      'RulesBody',
      'RulesDocument',
      'SanctionBody',
      'SendMessageBody',
      'UpdateConversationBody',
      'WordsBody',
    ]);
    const fields = (name: string) =>
      Object.keys(document.components.schemas[name]?.properties ?? {}).sort();
    expect(fields('SendMessageBody')).toEqual([
      'attachments',
      'clientMessageId',
      'content',
      'mentions',
      'replyTo',
      'type',
    ]);
    expect(fields('ResolveReportBody')).toEqual(['note', 'resolution', 'sanction']);
    expect(fields('AuthorSanctionBody')).toEqual([
      'action',
      'durationMinutes',
      'everywhere',
      'reason',
    ]);
    expect(fields('RevokeTokensBody')).toEqual(['before', 'expiresAt', 'jti', 'reason', 'userId']);
    expect(fields('AssignReportBody')).toEqual(['userId']);
    expect(fields('SanctionBody')).toEqual([
      'action',
      'conversationId',
      'durationMinutes',
      'reason',
      'userId',
    ]);
    expect(fields('PutVideoBody')).toEqual(['title']);
    expect(fields('WordsBody')).toEqual(['allowed', 'blocked', 'languages']);
    expect(fields('RulesBody')).toEqual([
      ...['bursts', 'caps', 'exemptModerators', 'links', 'mentions', 'repeats', 'version', 'words'],
    ]);
  });

  it('describes the form that an upload is sent in, and what comes of it', () => {
    const { requestBody, responses } = document.paths['/uploads']?.post ?? {};
    expect(requestBody?.content).toMatchObject({
      'multipart/form-data': {
        schema: {
          required: ['file', 'conversationId'],
          properties: { file: { type: 'string', format: 'binary' } },
        },
      },
    });
    expect(responses).toHaveProperty('201');
  });

  const names = (path: string) =>
    document.paths[path]?.get?.parameters
      ?.filter((parameter) => parameter.in === 'query')
      .map(({ name }) => name)
      .sort();

  it.each(['/uploads/{id}', '/uploads/{id}/thumbnail'])(
    'says that GET %s takes its token from the query too',
    (path) => expect(names(path)).toEqual(['token']),
  );

  it('describes the pages and bounds of lists', () => {
    expect(names('/conversations')).toEqual(['cursor', 'limit']);
    expect(names('/conversations/{id}/participants')).toEqual(['cursor', 'limit']);
    expect(names('/conversations/{id}/messages')).toEqual(['after', 'before', 'limit']);
    expect(names('/moderation/reports')).toEqual([
      'assignedTo',
      'conversationId',
      'cursor',
      'limit',
      'status',
    ]);
  });

  it('has a page to read it on', async () => {
    const page = await restClient(app.url).get('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.body).toContain('swagger-ui');
  });

  it('leaves out development tokens where there are none', async () => {
    const hardened = await startApp();
    try {
      const answer = await restClient(hardened.url).get('/docs/openapi.json');
      expect(Object.keys((answer.body as Document).paths)).not.toContain('/dev/tokens');
    } finally {
      await hardened.stop();
    }
  });
});
