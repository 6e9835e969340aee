import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/package-root.js';

type Entry = Record<string, unknown>;

describe('the check of dependencies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-dependencies-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...files: string[]) => {
    const script = join(PACKAGE_ROOT, 'scripts/check-dependencies.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, ...files], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  const check = (packages: Record<string, Entry> | undefined) => {
    const file = join(folder, 'package-lock.json');
    writeFileSync(file, JSON.stringify({ lockfileVersion: 3, packages }));
    return run(file);
  };

  it('passes for the packages as they are', () => {
    expect(run()).toEqual({ status: 0, stderr: '' });
  });

  it('names package, version and place of what is below', () => {
    const place = 'node_modules/engine.io/node_modules/ws';
    const { status, stderr } = check({ [place]: { version: '8.20.9' } });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `ws 8.20.9 at ${place}: needs 8.21.0\n`,
    });
  });

  it.each<[string, string, Entry]>([
    ['a prerelease of the first safe version', 'node_modules/ws', { version: '8.21.0-rc.1' }],
    ['an older line', 'node_modules/ws', { version: '7.5.10' }],
    ['a line that got its own fix, below it', 'node_modules/semver', { version: '6.3.0' }],
    ['figures that sort otherwise as text', 'node_modules/engine.io', { version: '6.6.8' }],
    ['another name', 'node_modules/safe', { name: 'multer', version: '2.1.9' }],
    ['what is used in tests', 'node_modules/jws', { version: '3.2.2', dev: true }],
    ['what only tests may have, elsewhere', 'node_modules/dicer', { version: '0.3.0' }],
  ])('fails for %s', (_, place, entry) => {
    expect(check({ [place]: entry }).status).toBe(1);
  });

  it.each<[string, string, Entry]>([
    ['the first safe version', 'node_modules/ws', { version: '8.21.0' }],
    ['a later one', 'node_modules/socket.io-parser', { version: '4.10.0' }],
    ['a line that got its own fix', 'node_modules/semver', { version: '6.3.1' }],
    ['what nothing is known of', 'node_modules/constructor', { version: '0.0.1' }],
    ['what only tests have', 'node_modules/dicer', { version: '0.3.0', dev: true }],
  ])('passes for %s', (_, place, entry) => {
    expect(check({ '': { version: '0.0.1' }, [place]: entry })).toEqual({ status: 0, stderr: '' });
  });

  it('fails for a file that lists nothing', () => {
    expect(check(undefined).status).toBe(1);
  });
});
