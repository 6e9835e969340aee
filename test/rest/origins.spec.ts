import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';
import { expectProblem } from './support/problems.js';

const ALLOWED = 'https://app.example.org';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** By node:http, as `fetch` keeps Origin and Host to itself. */
function send(url: string, method: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const received = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: new Headers(received), text });
      });
    });
    call.once('error', reject);
    call.end();
  });
}

describe('the origin of a request', () => {
  let app: TestApp;
  let authorization: string;
  beforeAll(async () => {
    app = await startApp({ CORS_ORIGINS: `${ALLOWED}, https://other.example.org` });
    authorization = `Bearer ${await tokenFor(someone('alice'))}`;
  });
  afterAll(() => app.stop());

  const from = (origin: string | null, path = '/users/me', method = 'GET') =>
    send(app.url + path, method, { authorization, ...(origin !== null && { origin }) });

  it('may be a listed one, which is told so', async () => {
    const { status, headers } = await from(ALLOWED);
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toMatch(/origin/i);
  });

  it('may be absent: native clients send none', async () => {
    const { status, headers } = await from(null);
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it("may be the service's own", async () => {
    expect((await from(app.url)).status).toBe(200);
  });

  it.each([
    'https://evil.example',
    'https://app.example.org.evil.example',
    'http://app.example.org',
    'https://app.example.org:8443',
    'http://localhost:5173',
    'null',
    'not an origin',
    '*',
  ])('may not be %s: 403, and no CORS header', async (origin) => {
    for (const path of ['/users/me', '/', '/docs', '/health/live', '/nothing']) {
      const { status, headers, text } = await from(origin, path);
      const problem = expectProblem(
        { status, headers, body: JSON.parse(text) },
        'PERMISSION_DENIED',
      );
      expect(problem.detail).not.toContain(origin === '*' ? 'no-such' : origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is asked for in a preflight: a listed one may use every method with a token', async () => {
    const ask = {
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    };
    const url = `${app.url}/conversations/1`;
    const allowed = await send(url, 'OPTIONS', { ...ask, origin: ALLOWED });
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(allowed.headers.get('access-control-allow-methods')).toContain(method);
    }
    expect(allowed.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    const refused = await send(url, 'OPTIONS', { ...ask, origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });

  describe('without CORS_ORIGINS', () => {
    let other: TestApp | null = null;
    afterEach(async () => {
      await other?.stop();
      other = null;
    });

    const statusOf = async (origin: string) =>
      (await send(`${other?.url}/users/me`, 'GET', { authorization, origin })).status;

    it('may be any loopback one in development, and no other', async () => {
      other = await startApp({ JWT_SECRET: '' });
      for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8080', 'https://[::1]:1']) {
        expect(await statusOf(origin)).toBe(200);
      }
      for (const origin of ['http://localhost.evil.example', 'http://127.0.0.1.evil.example']) {
        expect(await statusOf(origin)).toBe(403);
      }
    });

    it("may only be the service's own outside development", async () => {
      other = await startApp();
      expect(await statusOf('http://localhost:5173')).toBe(403);
      expect(await statusOf(other.url)).toBe(200);
    });
  });
});
