import { createPublicKey } from 'node:crypto';
import { redisAddress } from './redis-address.js';
import {
  flag,
  integer,
  oneOf,
  optionalText,
  origins,
  rates,
  RuleBroken,
  text,
  url,
  variable,
  type Variable,
} from './variable.js';

const SECRET_BYTES = 32;

function secret(value: string): string | null {
  if (value === '') return null;
  if (Buffer.byteLength(value) < SECRET_BYTES) {
    throw new RuleBroken(`must be at least ${SECRET_BYTES} bytes long`);
  }
  return value;
}

/** Checked here, since a key found bad by its first use would be refused without a name. */
function publicKey(value: string): string | null {
  if (value === '') return null;
  try {
    createPublicKey(value.replaceAll('\\n', '\n'));
  } catch {
    throw new RuleBroken('must be a public key in PEM (SPKI)');
  }
  return value;
}

function redisPrefix(value: string): string {
  if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(value)) {
    throw new RuleBroken('must be 1 to 64 letters, digits and _ . : -');
  }
  return value;
}

/** Every variable the service reads; `.env.example` explains each of them. */
export const VARIABLES = {
  NODE_ENV: variable('development', oneOf('development', 'test', 'production')),
  PORT: variable('3000', integer(0, 65_535)),
  HOST: variable('', optionalText),
  TRUST_PROXY: variable('0', integer(0, 32)),
  WORKERS: variable('1', integer(1, 64)),
  DATABASE_URL: variable('', url('postgres:', 'postgresql:')),
  DATABASE_POOL: variable('10', integer(1, 1_000)),
  REDIS_URL: variable('', redisAddress),
  REDIS_PREFIX: variable('causerie', redisPrefix),
  DATA_DIR: variable('./data', text),
  JWT_SECRET: variable('', secret),
  JWT_PUBLIC_KEY: variable('', publicKey),
  JWT_JWKS_URL: variable('', url('http:', 'https:')),
  JWT_ISSUER: variable('', optionalText),
  JWT_AUDIENCE: variable('', optionalText),
  CORS_ORIGINS: variable('', origins),
  MAX_MESSAGE_LENGTH: variable('4000', integer(1, 20_000)),
  RATE_LIMIT_CHAT: variable('30/10s', rates),
  RATE_LIMIT_ROOT: variable('30/10s', rates),
  RATE_LIMIT_VEZA: variable('30/10s', rates),
  RATE_LIMIT_SALON: variable('10/1m,100/1h', rates),
  RATE_LIMIT_LIVE: variable('10/10s', rates),
  RATE_LIMIT_UPLOADS: variable('20/1m,200/1h', rates),
  RATE_LIMIT_CONNECTIONS: variable('1000/10s', rates),
  RATE_LIMIT_EVENTS: variable('600/10s', rates),
  RATE_LIMIT_ROOMS: variable('30/1m,300/1h', rates),
  RATE_LIMIT_REST: variable('1200/1m', rates),
  RATE_LIMIT_BAD_TOKENS: variable('120/1m', rates),
  MAX_CONNECTIONS_PER_ADDRESS: variable('5000', integer(1, 1_000_000)),
  MAX_CONNECTIONS_PER_USER: variable('100', integer(1, 1_000_000)),
  MAX_PENDING_HANDSHAKES: variable('5000', integer(20, 1_000_000)),
  MAX_ROOMS_PER_CONNECTION: variable('1000', integer(1, 1_000_000)),
  HTTP_TIMEOUT_MS: variable('30000', integer(100, 600_000)),
  UPLOAD_MAX_BYTES: variable('26214400', integer(1, 2 ** 31 - 1)),
  UPLOAD_MAX_PIXELS: variable('40000000', integer(1, 268_000_000)),
  UPLOAD_KEEP_UNUSED_MS: variable('86400000', integer(1_000, 2 ** 31 - 1)),
  S3_BUCKET: variable('', optionalText),
  S3_ENDPOINT: variable('', url('http:', 'https:')),
  S3_REGION: variable('us-east-1', text),
  S3_ACCESS_KEY_ID: variable('', optionalText),
  S3_SECRET_ACCESS_KEY: variable('', optionalText),
  LIVE_BROADCAST: variable('', flag),
  LIVE_ROOM_GRACE_MS: variable('5000', integer(0, 2 ** 31 - 1)),
  ANONYMOUS_NAME: variable('pseudonym', oneOf('pseudonym', 'ip')),
  AUTH_TIMEOUT_MS: variable('10000', integer(100, 60_000)),
  ROOT_IDLE_TIMEOUT_MS: variable('1800000', integer(1_000, 2 ** 31 - 1)),
  PING_INTERVAL_MS: variable('25000', integer(100, 25_000)),
  DRAIN_DELAY_MS: variable('500', integer(0, 10_000)),
  LOG_LEVEL: variable('info', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')),
} as const satisfies Record<string, Variable<unknown>>;

const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const;

type Values = {
  -readonly [K in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[K]['read']>;
};

/** The environment, read once. `isDevelopment`: no verification key, and not production. */
export interface Environment extends Readonly<Values> {
  readonly isDevelopment: boolean;
}

export class EnvironmentError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

/** A variable set to nothing counts as not set: that is how a `.env` leaves one out. */
const given = (value: string | undefined): string | undefined => {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
};

/** Throws an `EnvironmentError` that names each bad variable and its rule, never its value. */
export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const problems: string[] = [];
  const values = Object.fromEntries(
    Object.entries<Variable<unknown>>(VARIABLES).map(([name, { default: fallback, read }]) => {
      try {
        return [name, read(given(source[name]) ?? fallback)];
      } catch (error) {
        if (!(error instanceof RuleBroken)) throw error;
        problems.push(`${name}: ${error.message}`);
        return [name, null];
      }
    }),
  ) as Values;
  // What was given, even where it was refused: a short secret is not a missing one.
  const keys = KEYS.filter((name) => given(source[name]) !== undefined);
  const isKeyMissing = keys.length === 0;
  if (keys.length > 1) {
    problems.push('JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL: only one of them may be set');
  }
  const isProduction = values.NODE_ENV === 'production';
  if (isProduction && isKeyMissing) {
    problems.push('JWT_SECRET: must be set in production (or JWT_PUBLIC_KEY, or JWT_JWKS_URL)');
  }
  if (values.WORKERS > 1 && given(source.REDIS_URL) === undefined) {
    problems.push('REDIS_URL: must be set for more than one worker (WORKERS)');
  }
  if ((values.S3_ACCESS_KEY_ID === null) !== (values.S3_SECRET_ACCESS_KEY === null)) {
    problems.push('S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: both must be set, or none');
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return Object.freeze({ ...values, isDevelopment: isKeyMissing && !isProduction });
}

/** Whether `/live/ws` is there: strangers reach each other by it, so production asks for it. */
export const isBroadcasting = ({ LIVE_BROADCAST, NODE_ENV }: Environment): boolean =>
  LIVE_BROADCAST ?? NODE_ENV !== 'production';

/** Loopback in development, where tokens are for the asking; every interface otherwise. */
export const listenHost = (environment: Environment): string =>
  environment.HOST ?? (environment.isDevelopment ? '127.0.0.1' : '0.0.0.0');
