import fc from 'fast-check';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/core/core.errors.js';
import { LEAK } from '../hostile/support/leaks.js';
import { useScene } from '../hostile/support/scene.js';
import { restClient } from '../support/rest-client.js';
import { campaign, CAMPAIGN_MS } from './support/campaign.js';
import { routesOf, type Document, type RestCase } from './support/openapi.js';

const scene = useScene();

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Past `fetch`, which mends paths and refuses some methods. */
function ask({ method, path, type, body }: RestCase, token: string | null): Promise<Answer> {
  const { hostname, port } = new URL(scene().service.url);
  const headers = {
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...(body !== null && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: answered } = response;
        resolve({ status: statusCode, type: answered['content-type'] ?? '', body: text });
      });
    });
    asked.on('error', reject);
    asked.end(body ?? undefined);
  });
}

function expectSound({ status, type, body }: Answer, method: string): void {
  expect(status).toBeLessThan(500);
  if (status < 400 || method === 'HEAD') return;
  expect(type).toMatch(/^application\/problem\+json/);
  const { code } = JSON.parse(body) as { code: string };
  expect(Object.keys(ERRORS)).toContain(code);
  expect(code).not.toBe('INTERNAL');
  expect(body).not.toMatch(LEAK);
}

describe('whatever is asked over REST', () => {
  it(
    'is answered, and refused by a problem of the catalogue',
    async () => {
      const { body } = await restClient(scene().service.url).get('/docs/openapi.json');
      const routes = routesOf(body as Document);
      expect(routes.length).toBeGreaterThan(20);
      for (const [route, cases] of routes) {
        const several = fc.array(fc.tuple(cases, fc.boolean()), { minLength: 1, maxLength: 6 });
        await campaign(several, async (asked) => {
          for (const [one, isKnown] of asked) {
            const token = isKnown ? (scene().names.token ?? '') : null;
            expectSound(await ask(one, token), one.method);
          }
          await scene().goesOn();
        }).catch((error: unknown) => {
          throw new Error(`Of ${route}: ${String(error)}`, { cause: error });
        });
      }
    },
    4 * CAMPAIGN_MS,
  );

  it('leaves nothing unexpected in the log, and nothing in memory', () => scene().leavesNothing());
});
