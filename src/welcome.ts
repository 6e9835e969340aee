import { resolve } from 'node:path';
import { developmentSecret } from './auth/development-secret.js';
import { issueToken } from './auth/token-issuer.js';
import type { Environment } from './config/environment.js';
import type { Database } from './database.js';

export interface WelcomeFacts {
  readonly environment: Environment;
  readonly database: Database;
  readonly host: string;
  readonly port: number;
  readonly startedInMs: number;
}

const lines = (entries: readonly (readonly [string, string])[]): string =>
  entries.map(([label, value]) => `  ${label.padEnd(12)} ${value}`).join('\n');

/**
 * What a person sees who started the service by hand: where everything is, and who to be. Null
 * outside development mode.
 */
export async function welcome(facts: WelcomeFacts): Promise<string | null> {
  const { environment, database, host, port, startedInMs } = facts;
  const { isDevelopment, DATA_DIR } = environment;
  if (!isDevelopment) return null;
  const secret = developmentSecret(DATA_DIR);
  const databaseIs = database.isEmbedded
    ? `embedded PostgreSQL under ${resolve(DATA_DIR)}`
    : 'PostgreSQL at DATABASE_URL';
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const base = `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
  const sockets = base.replace('http', 'ws');
  const places = lines([
    ['Playground', `${base}/`],
    ['chat', `${base}/chat (Socket.IO)`],
    ['root', `${base}/ (Socket.IO)`],
    ['veza', `${sockets}/ws (WebSocket)`],
    ['salon', `${sockets}/ws/chat (WebSocket)`],
    ['live', `${sockets}/chat/ws/room/any-name (WebSocket, no token needed)`],
    ['REST', `${base}/docs`],
    ['GraphQL', `${base}/graphql`],
    ['Health', `${base}/health/ready`],
    ['Database', databaseIs],
  ]);
  const ready = `Ready in ${(startedInMs / 1_000).toFixed(1)} s.`;
  const [alice, bob] = await Promise.all([
    issueToken(secret, { sub: '1', username: 'alice', roles: ['admin'] }),
    issueToken(secret, { sub: '2', username: 'bob', roles: ['user'] }),
  ]);
  return `
Causerie, in development mode

${places}

Two tokens to try it with, good for twelve hours:

  alice (1, admin)  ${alice}

  bob (2)           ${bob}

${ready}
`;
}
