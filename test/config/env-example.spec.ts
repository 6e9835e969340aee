import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const example = readFileSync(join(PACKAGE_ROOT, '.env.example'), 'utf8');

describe('the check of .env.example', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causerie-env-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const check = (text: string) => {
    const file = join(folder, 'env');
    writeFileSync(file, text);
    const script = join(PACKAGE_ROOT, 'scripts/check-env-example.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
    return { status, stderr };
  };

  it('passes for the file as it is', () => {
    expect(check(example)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['a variable left out', example.replace('PORT=3000\n', ''), 'PORT is missing'],
    ['another default', example.replace('PORT=3000', 'PORT=8080'), 'its default is "3000"'],
    ['a variable nobody reads', `${example}\n# Why.\nCOLOUR=blue\n`, 'COLOUR is no variable'],
    ['a variable without a word', example.replace(/(# .*\n)+LOG_LEVEL/, 'LOG_LEVEL'), 'LOG_LEVEL'],
  ])('fails for %s', (_, text, problem) => {
    const { status, stderr } = check(text);
    expect(status).toBe(1);
    expect(stderr).toContain(problem);
  });
});
