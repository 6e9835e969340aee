import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { restClient } from '../support/rest-client.js';
import { bodyOf, expectInvalid, expectProblem } from './support/problems.js';

const alice = { sub: '5', username: 'alice', roles: ['moderator'] };

describe('POST /dev/tokens', () => {
  let app: TestApp;
  // No key and not production is what development mode is.
  beforeAll(async () => void (app = await startApp({ JWT_SECRET: '' })));
  afterAll(() => app.stop());

  const ask = (body: unknown) => restClient(app.url).post('/dev/tokens', body);

  it('hands out a token that the service takes', async () => {
    const answer = await ask(alice);
    expect(answer.status).toBe(201);
    const { token } = bodyOf<{ token: string }>(answer);
    const me = await restClient(app.url, token).get('/users/me');
    expect(me.body).toMatchObject({ id: 5, username: 'alice', roles: ['moderator'] });
  });

  it('needs a sub only, and takes it as a number too', async () => {
    const { token } = bodyOf<{ token: string }>(await ask({ sub: 7 }));
    const me = await restClient(app.url, token).get('/users/me');
    expect(me.body).toMatchObject({ id: 7, username: 'user_7', roles: [] });
  });

  it.each([
    ['sub', {}],
    ['sub', { sub: '' }],
    ['sub', { sub: null }],
    ['sub', { sub: {} }],
    ['sub', { sub: ['5'] }],
    ['sub', { sub: true }],
    ['sub', { sub: 1.5 }],
    ['sub', { sub: 'x'.repeat(129) }],
    ['username', { sub: '5', username: 5 }],
    ['roles', { sub: '5', roles: 'admin' }],
    ['roles', { sub: '5', roles: [5] }],
  ])('names %s as the field at fault in %j', async (field, body) => {
    expectInvalid(await ask(body), field);
  });

  it.each(['203.0.113.7', '127.0.0.1', '::1'])(
    'is not there for a request forwarded for %s',
    async (address) => {
      const response = await fetch(`${app.url}/dev/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify(alice),
      });
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('token":');
    },
  );

  it.each(['forwarded', 'x-real-ip', 'via'])('is not there for a request with %s', async (name) => {
    const response = await fetch(`${app.url}/dev/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [name]: 'for=203.0.113.7' },
      body: JSON.stringify(alice),
    });
    expect(response.status).toBe(404);
  });

  it('is not there for another site behind a rebound name', async () => {
    const { port } = new URL(app.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', host: `evil.example:${port}` };
      const options = { method: 'POST', headers: { ...headers, origin: `http://${headers.host}` } };
      const call = request(`${app.url}/dev/tokens`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.once('error', reject);
      call.end(JSON.stringify(alice));
    });
    expect([403, 404]).toContain(status);
  });

  it('is absent outside development mode', async () => {
    const hardened = await startApp();
    try {
      expectProblem(
        await restClient(hardened.url).post('/dev/tokens', alice),
        'VALIDATION_FAILED',
        404,
      );
    } finally {
      await hardened.stop();
    }
  });
});
