import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { restClient, type RestAnswer } from '../support/rest-client.js';

const directives = (answer: RestAnswer): Map<string, string> =>
  new Map(
    (answer.headers.get('content-security-policy') ?? '')
      .split(';')
      .map((directive) => directive.trim().split(/ (.*)/))
      .map(([name = '', value = '']) => [name, value]),
  );

describe('what a browser is served', () => {
  let app: TestApp;
  let page: RestAnswer;
  beforeAll(async () => {
    app = await startApp();
    page = await restClient(app.url).get('/');
  });
  afterAll(() => app.stop());

  it('is a page at /', () => {
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.body).toMatch(/<title>[^<]*Causerie/);
  });

  it('comes with a policy under which only the page itself may run', () => {
    const policy = directives(page);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toBe("'self'");
    expect(policy.get('style-src')).toBe("'self'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(policy.get('base-uri')).toBe("'none'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('x-powered-by')).toBeNull();
  });

  it('holds to that policy: no script or style in place, nothing from elsewhere', () => {
    const html = String(page.body);
    const scripts = [...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(0);
    for (const tag of scripts) expect(tag).toMatch(/ src="\//);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    const loaded = [...html.matchAll(/<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"/g)];
    for (const [, url] of loaded) expect(url).toMatch(/^\/[^/]/);
  });

  it('has everything that the page asks for', async () => {
    const urls = [
      ...String(page.body).matchAll(/<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"/g),
    ];
    for (const [, url] of urls) {
      expect([url, (await restClient(app.url).get(url ?? '')).status]).toEqual([url, 200]);
    }
  });

  it('has the matching Socket.IO client beside it', async () => {
    const client = await restClient(app.url).get('/socket.io/socket.io.min.js');
    expect(client.status).toBe(200);
    expect(client.headers.get('content-type')).toMatch(/javascript/);
    expect(String(client.body)).toMatch(/Socket\.IO v4\.8/);
  });

  it('keeps to the folder of the page', async () => {
    for (const path of ['/index.ts', '/../package.json', '/.gitignore', '/src/main.js']) {
      expect((await restClient(app.url).get(path)).status).toBe(404);
    }
  });

  it('allows the API pages styles in place, and nothing more', async () => {
    const policy = directives(await restClient(app.url).get('/docs'));
    expect(policy.get('style-src')).toBe("'self' 'unsafe-inline'");
    expect(policy.get('script-src')).toBe("'self'");
    expect(policy.get('default-src')).toBe("'none'");
  });
});
