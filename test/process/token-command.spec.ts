import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeJwt, jwtVerify } from 'jose';
import { developmentSecret } from '../../src/auth/development-secret.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { SECRET } from '../support/tokens.js';

const run = promisify(execFile);
const key = (secret: string) => new TextEncoder().encode(secret);

describe('npm run token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-token-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const token = async (args: string[], variables: Record<string, string>) => {
    const env = { ...process.env, NODE_OPTIONS: '', DATA_DIR: folder, ...variables };
    const { stdout } = await run('npm', ['run', '-s', 'token', '--', ...args], {
      cwd: PACKAGE_ROOT,
      env,
    });
    return stdout;
  };

  it('prints a token, and nothing else, that verifies with JWT_SECRET', async () => {
    const args = ['--sub', '5', '--username', 'alice', '--roles', 'admin,moderator', '--ttl', '1h'];
    const output = await token(args, { JWT_SECRET: SECRET });
    expect(output).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { payload } = await jwtVerify(output.trim(), key(SECRET), { algorithms: ['HS256'] });
    expect(payload).toMatchObject({ sub: '5', username: 'alice', roles: ['admin', 'moderator'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
  });

  it('signs with the development secret of DATA_DIR where there is no other', async () => {
    const output = await token(['--sub', 'someone'], { JWT_SECRET: '' });
    const { payload } = await jwtVerify(output.trim(), key(developmentSecret(folder)));
    expect(payload.sub).toBe('someone');
    const { exp = 0, iat = 0 } = decodeJwt(output.trim());
    expect(exp - iat).toBe(12 * 3_600);
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['asks for a user', [], { JWT_SECRET: SECRET }, /--sub/],
    ['refuses a bad environment', ['--sub', '5'], { JWT_SECRET: 'hunter2' }, /at least 32 bytes/],
    [
      'refuses a duration that is none',
      ['--sub', '5', '--ttl', 'soon'],
      { JWT_SECRET: SECRET },
      /\S/,
    ],
    [
      'cannot sign for an identity provider',
      ['--sub', '5'],
      { JWT_SECRET: '', JWT_JWKS_URL: 'https://id.example/keys' },
      /Only JWT_SECRET can sign/,
    ],
  ])('%s', async (_, args, variables, expected) => {
    const failure = await token(args, variables).then(
      () => null,
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
    expect(failure?.code).not.toBe(0);
    expect(failure?.stdout).toBe('');
    expect(failure?.stderr).toMatch(expected);
    expect(failure?.stderr).not.toMatch(/hunter2|\n\s+at /);
  });
});
