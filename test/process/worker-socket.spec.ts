import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureOwn, leave, workerSocket } from '../../src/workers/worker-socket.js';

describe("the folder of the workers' sockets", () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'causerie-test-'));
    folder = join(parent, 'workers');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is made again where it was removed, and used where it is there', () => {
    ensureOwn(folder);
    ensureOwn(folder);
    expect(existsSync(folder)).toBe(true);
  });

  it.each([0o770, 0o707, 0o701])('is refused where others may enter it: %o', (mode) => {
    mkdirSync(folder);
    chmodSync(folder, mode);
    expect(() => ensureOwn(folder)).toThrow('Others may enter');
  });

  it('is refused where it leads elsewhere', () => {
    mkdirSync(join(parent, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(parent, 'elsewhere'), folder);
    expect(() => ensureOwn(folder)).toThrow('Others may enter');
  });

  it('is refused where it cannot be made', () => {
    expect(() => ensureOwn(join(folder, 'deeper'))).toThrow('ENOENT');
    writeFileSync(folder, '');
    expect(() => ensureOwn(folder)).toThrow();
  });

  it('stays until the last has left', () => {
    ensureOwn(folder);
    for (const worker of [1, 2]) writeFileSync(workerSocket(folder, worker), '');
    leave(folder, 1);
    expect(existsSync(workerSocket(folder, 1))).toBe(false);
    expect(existsSync(workerSocket(folder, 2))).toBe(true);
    leave(folder, 2);
    expect(existsSync(folder)).toBe(false);
    leave(folder, 2);
  });
});

describe.runIf(process.geteuid?.() === 0)('and of another account', () => {
  it('is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'causerie-test-'));
    chownSync(folder, 65_534, 65_534);
    expect(() => ensureOwn(folder)).toThrow('Others may enter');
    rmSync(folder, { recursive: true });
  });
});
