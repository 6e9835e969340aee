import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { transformFileSync } from '@swc/core';

const sources = resolve('src/persistence/embedded-postgres');

/**
 * Compiles the launcher into `folder`, so that a plain node process can run it, and returns the
 * module's path. `packages` are linked as its node_modules; without them only `pg` is to be found.
 */
export function compileLauncher(folder: string, packages?: string): string {
  const out = join(folder, 'launcher');
  mkdirSync(out, { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const name of readdirSync(sources)) {
    const { code } = transformFileSync(join(sources, name), { sourceMaps: false });
    writeFileSync(join(out, name.replace(/\.ts$/, '.js')), code);
  }
  if (packages !== undefined) symlinkSync(packages, join(folder, 'node_modules'));
  else linkPackage(folder, 'pg');
  return join(out, 'embedded-postgres.js');
}

export function linkPackage(folder: string, name: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true, mode: 0o755 });
  symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
}
