import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  isBroadcasting,
  listenHost,
  readEnvironment,
  VARIABLES,
} from '../../src/config/environment.js';

const SECRET = 's'.repeat(32);
const PUBLIC_KEY = generateKeyPairSync('ed25519')
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

const problemsOf = (source: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  throw new Error('The environment was accepted');
};

describe('the environment', () => {
  it('needs nothing: every variable has a default that its own rule accepts', () => {
    expect(readEnvironment({})).toEqual({
      NODE_ENV: 'development',
      PORT: 3_000,
      HOST: null,
      TRUST_PROXY: 0,
      WORKERS: 1,
      DATABASE_URL: null,
      DATABASE_POOL: 10,
      REDIS_URL: null,
      REDIS_PREFIX: 'causerie',
      DATA_DIR: './data',
      JWT_SECRET: null,
      JWT_PUBLIC_KEY: null,
      JWT_JWKS_URL: null,
      JWT_ISSUER: null,
      JWT_AUDIENCE: null,
      CORS_ORIGINS: null,
      MAX_MESSAGE_LENGTH: 4_000,
      RATE_LIMIT_CHAT: [{ count: 30, seconds: 10 }],
      RATE_LIMIT_ROOT: [{ count: 30, seconds: 10 }],
      RATE_LIMIT_VEZA: [{ count: 30, seconds: 10 }],
      RATE_LIMIT_SALON: [
        { count: 10, seconds: 60 },
        { count: 100, seconds: 3_600 },
      ],
      RATE_LIMIT_LIVE: [{ count: 10, seconds: 10 }],
      RATE_LIMIT_UPLOADS: [
        { count: 20, seconds: 60 },
        { count: 200, seconds: 3_600 },
      ],
      RATE_LIMIT_CONNECTIONS: [{ count: 1_000, seconds: 10 }],
      RATE_LIMIT_EVENTS: [{ count: 600, seconds: 10 }],
      RATE_LIMIT_ROOMS: [
        { count: 30, seconds: 60 },
        { count: 300, seconds: 3_600 },
      ],
      RATE_LIMIT_REST: [{ count: 1_200, seconds: 60 }],
      RATE_LIMIT_BAD_TOKENS: [{ count: 120, seconds: 60 }],
      MAX_CONNECTIONS_PER_ADDRESS: 5_000,
      MAX_CONNECTIONS_PER_USER: 100,
      MAX_PENDING_HANDSHAKES: 5_000,
      MAX_ROOMS_PER_CONNECTION: 1_000,
      HTTP_TIMEOUT_MS: 30_000,
      UPLOAD_MAX_BYTES: 26_214_400,
      UPLOAD_MAX_PIXELS: 40_000_000,
      UPLOAD_KEEP_UNUSED_MS: 86_400_000,
      S3_BUCKET: null,
      S3_ENDPOINT: null,
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: null,
      S3_SECRET_ACCESS_KEY: null,
      LIVE_BROADCAST: null,
      LIVE_ROOM_GRACE_MS: 5_000,
      ANONYMOUS_NAME: 'pseudonym',
      AUTH_TIMEOUT_MS: 10_000,
      ROOT_IDLE_TIMEOUT_MS: 1_800_000,
      PING_INTERVAL_MS: 25_000,
      DRAIN_DELAY_MS: 500,
      LOG_LEVEL: 'info',
      isDevelopment: true,
    });
  });

  it('takes an empty or blank variable for an absent one', () => {
    const blank = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, '  ']));
    expect(readEnvironment(blank)).toEqual(readEnvironment({}));
  });

  it('cannot be changed after it was read', () => {
    const environment = readEnvironment({}) as { PORT: number };
    expect(() => (environment.PORT = 1)).toThrow(TypeError);
  });

  it.each<[Record<string, string>, Record<string, unknown>]>([
    [{ PORT: '0' }, { PORT: 0 }],
    [{ PORT: '65535' }, { PORT: 65_535 }],
    [{ HOST: '::' }, { HOST: '::' }],
    [{ DATABASE_URL: 'postgresql://u:p@h/d' }, { DATABASE_URL: 'postgresql://u:p@h/d' }],
    [{ JWT_SECRET: SECRET }, { JWT_SECRET: SECRET, isDevelopment: false }],
    [{ JWT_PUBLIC_KEY: PUBLIC_KEY }, { isDevelopment: false }],
    [{ JWT_PUBLIC_KEY: PUBLIC_KEY.replaceAll('\n', '\\n') }, { isDevelopment: false }],
    [{ JWT_JWKS_URL: 'https://id.example/keys' }, { JWT_JWKS_URL: 'https://id.example/keys' }],
    [
      { CORS_ORIGINS: 'https://a.example, http://b.example:8080' },
      { CORS_ORIGINS: ['https://a.example', 'http://b.example:8080'] },
    ],
    [
      { RATE_LIMIT_CHAT: '10/1m, 100/1h' },
      {
        RATE_LIMIT_CHAT: [
          { count: 10, seconds: 60 },
          { count: 100, seconds: 3_600 },
        ],
      },
    ],
    [{ RATE_LIMIT_CHAT: 'off' }, { RATE_LIMIT_CHAT: [] }],
    [{ RATE_LIMIT_LIVE: '5/2s' }, { RATE_LIMIT_LIVE: [{ count: 5, seconds: 2 }] }],
    [{ RATE_LIMIT_EVENTS: 'off' }, { RATE_LIMIT_EVENTS: [] }],
    [{ RATE_LIMIT_BAD_TOKENS: '5/1h' }, { RATE_LIMIT_BAD_TOKENS: [{ count: 5, seconds: 3_600 }] }],
    [{ MAX_CONNECTIONS_PER_ADDRESS: '1' }, { MAX_CONNECTIONS_PER_ADDRESS: 1 }],
    [{ LIVE_BROADCAST: 'true' }, { LIVE_BROADCAST: true }],
    [{ LIVE_BROADCAST: 'false' }, { LIVE_BROADCAST: false }],
    [{ LIVE_ROOM_GRACE_MS: '0' }, { LIVE_ROOM_GRACE_MS: 0 }],
    [{ LIVE_ROOM_GRACE_MS: '2147483647' }, { LIVE_ROOM_GRACE_MS: 2_147_483_647 }],
    [{ ANONYMOUS_NAME: 'ip' }, { ANONYMOUS_NAME: 'ip' }],
    [{ NODE_ENV: 'test' }, { isDevelopment: true }],
    [{ NODE_ENV: 'production', JWT_SECRET: SECRET }, { isDevelopment: false }],
  ])('reads %j', (source, expected) => {
    expect(readEnvironment(source)).toMatchObject(expected);
  });

  it.each([
    ['NODE_ENV', 'staging', /one of development, test, production/],
    ['PORT', 'abc', /whole number from 0 to 65535/],
    ['PORT', '65536', /whole number/],
    ['PORT', '-1', /whole number/],
    ['PORT', '3000.5', /whole number/],
    ['PORT', '0x1f', /whole number/],
    ['PORT', '1e3', /whole number/],
    ['TRUST_PROXY', 'true', /whole number from 0 to 32/],
    ['DATABASE_URL', 'mysql://root:hunter2@h/d', /URL starting with postgres:\/\//],
    ['DATABASE_URL', 'hunter2', /URL starting with/],
    ['DATABASE_POOL', '0', /whole number from 1/],
    ['JWT_SECRET', 'hunter2hunter2', /at least 32 bytes/],
    ['JWT_PUBLIC_KEY', '-----BEGIN PUBLIC KEY-----hunter2', /public key in PEM/],
    ['JWT_PUBLIC_KEY', 's'.repeat(40), /public key in PEM/],
    ['JWT_JWKS_URL', 'file:///etc/hunter2', /URL starting with http:\/\//],
    ['CORS_ORIGINS', '*', /exact origins/],
    ['CORS_ORIGINS', 'https://a.example/', /exact origins/],
    ['CORS_ORIGINS', 'https://a.example,,https://b.example', /exact origins/],
    ['CORS_ORIGINS', 'a.example', /exact origins/],
    ['MAX_MESSAGE_LENGTH', '0', /whole number from 1/],
    ['RATE_LIMIT_CHAT', '30', /must look like 30\/10s/],
    ['RATE_LIMIT_CHAT', '0/10s', /must look like/],
    ['RATE_LIMIT_CHAT', '30/10d', /must look like/],
    ['RATE_LIMIT_CHAT', '30/10s,', /must look like/],
    ['RATE_LIMIT_LIVE', '10', /must look like/],
    ['RATE_LIMIT_CONNECTIONS', '-1/10s', /must look like/],
    ['RATE_LIMIT_EVENTS', 'none', /must look like/],
    ['RATE_LIMIT_ROOMS', '30/1m;300/1h', /must look like/],
    ['RATE_LIMIT_REST', '1200', /must look like/],
    ['RATE_LIMIT_BAD_TOKENS', '0/1m', /must look like/],
    ['MAX_CONNECTIONS_PER_ADDRESS', '0', /whole number from 1/],
    ['MAX_CONNECTIONS_PER_USER', 'off', /whole number/],
    ['MAX_PENDING_HANDSHAKES', '19', /whole number from 20/],
    ['MAX_ROOMS_PER_CONNECTION', '0', /whole number from 1/],
    ['HTTP_TIMEOUT_MS', '0', /whole number from 100/],
    ['LIVE_BROADCAST', 'yes', /one of true, false/],
    ['LIVE_BROADCAST', 'TRUE', /one of true, false/],
    ['LIVE_BROADCAST', '1', /one of true, false/],
    ['LIVE_ROOM_GRACE_MS', '-1', /whole number from 0 to 2147483647/],
    ['LIVE_ROOM_GRACE_MS', '5s', /whole number/],
    // More is more than a timer can wait: it would end at once.
    ['LIVE_ROOM_GRACE_MS', '2147483648', /whole number/],
    ['ANONYMOUS_NAME', 'address', /one of pseudonym, ip/],
    ['DRAIN_DELAY_MS', '60000', /whole number from 0 to 10000/],
    ['LOG_LEVEL', 'verbose', /one of fatal/],
  ])('refuses %s=%s, names the rule and keeps the value to itself', (name, value, rule) => {
    const [problem = '', ...others] = problemsOf({ [name]: value });
    expect(others).toEqual([]);
    expect(problem.startsWith(`${name}: must `)).toBe(true);
    expect(problem).toMatch(rule);
    if (value.length > 6) expect(problem).not.toContain(value);
    expect(problem).not.toContain('hunter2');
  });

  it('names every problem at once', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'x', JWT_SECRET: 'x' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'JWT_SECRET',
      'LOG_LEVEL',
    ]);
  });

  const REDIS = { username: null, password: null, isEncrypted: false };
  const at = (host: string, port: number) => ({ host, port });

  it.each<[string, Record<string, unknown>]>([
    ['redis://h', { ...REDIS, kind: 'single', server: at('h', 6379), database: 0 }],
    ['redis://h/', { ...REDIS, kind: 'single', server: at('h', 6379), database: 0 }],
    ['redis://127.0.0.1:7000/15', { ...REDIS, server: at('127.0.0.1', 7000), database: 15 }],
    ['redis://[::1]:7000', { ...REDIS, server: at('::1', 7000), database: 0 }],
    ['redis://[fe80::1]/1', { ...REDIS, server: at('fe80::1', 6379), database: 1 }],
    ['rediss://h:1', { ...REDIS, isEncrypted: true, server: at('h', 1) }],
    ['redis://user:pass@h:65535', { ...REDIS, username: 'user', password: 'pass' }],
    ['redis://:p%40s%3As%2F@h', { ...REDIS, password: 'p@s:s/' }],
    ['redis://us%C3%A9r@h', { ...REDIS, username: 'usér' }],
    [
      'redis+cluster://a,b:7001,[::2]:7002',
      { ...REDIS, kind: 'cluster', nodes: [at('a', 6379), at('b', 7001), at('::2', 7002)] },
    ],
    [
      'rediss+cluster://a/',
      { ...REDIS, kind: 'cluster', isEncrypted: true, nodes: [at('a', 6379)] },
    ],
    [
      'redis+sentinel://:pw@a,b:7001/the%20master/3',
      {
        ...{ ...REDIS, kind: 'sentinel', password: 'pw', name: 'the master', database: 3 },
        sentinels: [at('a', 26_379), at('b', 7001)],
      },
    ],
    ['redis+sentinel://a/m', { ...REDIS, kind: 'sentinel', name: 'm', database: 0 }],
  ])('finds Redis at %s', (value, address) => {
    expect(readEnvironment({ REDIS_URL: value }).REDIS_URL).toMatchObject(address);
  });

  it.each([
    'h:6379',
    'http://h:6379',
    'unix:///run/hunter2.sock',
    'redis:/h',
    'redis://',
    'redis:///0',
    'redis://:hunter2@',
    'redis://:hunter2@:6379',
    'redis://h:0',
    'redis://h:65536',
    'redis://h:port',
    'redis://h:6379/zero',
    'redis://h:6379/-1',
    'redis://h:6379/0/1',
    'redis://h:6379?password=hunter2',
    'redis://h:6379/0?db=1',
    'redis://h:6379/0#hunter2',
    'redis://a,b',
    'redis://::1',
    'redis://[::1',
    'redis://a b',
    'redis://%zz@h',
    'redis://:hunter2%@h',
    'redis+cluster://',
    'redis+cluster://a,,b',
    'redis+cluster://a,',
    'redis+cluster://a/0',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a/m/0/x',
    'redis+sentinel://a/m/x',
    'redis+sentinel://a/%zz',
    'redis+tls://a',
    'REDIS://h',
  ])('refuses REDIS_URL=%s, and keeps it to itself', (value) => {
    expect(problemsOf({ REDIS_URL: value })).toEqual([
      expect.stringMatching(/^REDIS_URL: must look like redis:\/\/host:6379\/0/),
    ]);
    expect(problemsOf({ REDIS_URL: value }).join()).not.toMatch(/hunter2|%zz/);
  });

  it.each(['causerie', 'a', 'A.b_c:d-9', 'x'.repeat(64)])('takes REDIS_PREFIX=%s', (value) => {
    expect(readEnvironment({ REDIS_PREFIX: value })).toMatchObject({ REDIS_PREFIX: value });
  });

  it.each(['two words', 'x'.repeat(65), '{a}', 'é', 'a/b', 'a*', 'a\nb', '"a"'])(
    'refuses REDIS_PREFIX=%s',
    (value) => {
      expect(problemsOf({ REDIS_PREFIX: value })).toEqual([
        'REDIS_PREFIX: must be 1 to 64 letters, digits and _ . : -',
      ]);
    },
  );

  it('counts the length of a secret in bytes', () => {
    expect(readEnvironment({ JWT_SECRET: 'é'.repeat(16) }).isDevelopment).toBe(false);
    expect(problemsOf({ JWT_SECRET: 'é'.repeat(15) })).toHaveLength(1);
  });

  it('refuses two ways to verify at once', () => {
    const both = { JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://id.example/keys' };
    expect(problemsOf(both)).toEqual([expect.stringMatching(/^JWT_SECRET.*only one/)]);
  });

  it.each(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])('refuses %s alone', (name) => {
    expect(problemsOf({ [name]: 'a key' })).toEqual([
      'S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: both must be set, or none',
    ]);
  });

  it('refuses production without a key, whatever else is wrong with it', () => {
    const noKey = expect.stringMatching(/^JWT_SECRET: must be set in production/);
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([noKey]);
    expect(problemsOf({ NODE_ENV: 'production', PORT: 'x' })).toContainEqual(noKey);
  });

  it('listens on loopback in development mode and on everything else-where, unless told', () => {
    expect(listenHost(readEnvironment({}))).toBe('127.0.0.1');
    expect(listenHost(readEnvironment({ JWT_SECRET: SECRET }))).toBe('0.0.0.0');
    expect(listenHost(readEnvironment({ HOST: '10.0.0.5' }))).toBe('10.0.0.5');
  });

  it('relays what strangers send on /live/ws, but in production only where that is said', () => {
    const production = { NODE_ENV: 'production', JWT_SECRET: SECRET };
    const isOn = (source: Record<string, string>) => isBroadcasting(readEnvironment(source));
    expect([isOn({}), isOn({ JWT_SECRET: SECRET }), isOn({ NODE_ENV: 'test' })]).toEqual([
      true,
      true,
      true,
    ]);
    expect(isOn({ LIVE_BROADCAST: 'false' })).toBe(false);
    expect(isOn(production)).toBe(false);
    expect(isOn({ ...production, LIVE_BROADCAST: 'true' })).toBe(true);
  });
});
