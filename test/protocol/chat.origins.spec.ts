import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { someone, tokenFor } from '../support/tokens.js';

const TRANSPORTS = ['websocket', 'polling'];

/** Whether a page of that origin gets through to the namespace over that transport. */
async function passes(app: TestApp, transport: string, origin?: string): Promise<boolean> {
  const client = app.dial(await tokenFor(someone('alice')), {
    transports: [transport],
    reconnection: false,
    ...(origin !== undefined && { extraHeaders: { Origin: origin } }),
  });
  const isIn = await client.connected().then(
    () => true,
    () => false,
  );
  client.close();
  return isIn;
}

function itDecides(appOf: () => TestApp, cases: [string, string | undefined, boolean][]): void {
  describe.each(TRANSPORTS)('over %s', (transport) => {
    it.each(cases)('%s (%s): %s', async (_, origin, isAllowed) => {
      expect(await passes(appOf(), transport, origin)).toBe(isAllowed);
    });
  });
}

describe('with CORS_ORIGINS', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ CORS_ORIGINS: 'https://app.example.org,http://localhost:4200' });
  });
  afterAll(() => app.stop());

  itDecides(
    () => app,
    [
      ['a listed origin passes', 'https://app.example.org', true],
      ['another listed origin passes', 'http://localhost:4200', true],
      ['no Origin is a native client and passes', undefined, true],
      ['a foreign origin is refused', 'https://evil.example', false],
      ['a listed host of another scheme is refused', 'http://app.example.org', false],
      ['a listed host on another port is refused', 'https://app.example.org:8443', false],
      ['a name that ends like a listed one is refused', 'https://evil-app.example.org', false],
      ['a name that begins like a listed one is refused', 'https://app.example.org.evil', false],
      ['an opaque origin is refused', 'null', false],
      ['nonsense is refused', 'not an origin', false],
    ],
  );

  it('the service’s own pages pass', async () => {
    for (const transport of TRANSPORTS) expect(await passes(app, transport, app.url)).toBe(true);
  });

  it('and a polling answer names the origin it allows, not any', async () => {
    const poll = (origin: string) =>
      fetch(`${app.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
    const allowed = await poll('https://app.example.org');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    await allowed.text();
    const foreign = await poll('https://evil.example');
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    await foreign.text();
  });
});

describe('in development mode', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp({ JWT_SECRET: '' })));
  afterAll(() => app.stop());

  itDecides(
    () => app,
    [
      ['any loopback name passes', 'http://localhost:5173', true],
      ['any loopback address passes', 'http://127.0.0.1:8080', true],
      ['the other loopback address passes', 'http://[::1]:8080', true],
      ['a foreign origin is refused', 'https://evil.example', false],
      [
        'a foreign name that begins like loopback is refused',
        'http://localhost.evil.example',
        false,
      ],
      [
        'a foreign name that begins like an address is refused',
        'http://127.0.0.1.evil.example',
        false,
      ],
    ],
  );
});

describe('without CORS_ORIGINS, with a key', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startApp()));
  afterAll(() => app.stop());

  itDecides(
    () => app,
    [
      ['loopback is as foreign as any', 'http://localhost:5173', false],
      ['no Origin passes', undefined, true],
    ],
  );
});
