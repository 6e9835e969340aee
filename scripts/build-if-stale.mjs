// Builds when a source is newer than the build. Deleting `dist` forces it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const entry = join(root, 'dist/service/main.js');

const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true })
      .map((name) => statSync(join(folder, name)))
      .map(({ mtimeMs }) => mtimeMs),
  );

const settings = [
  '.swcrc',
  'nest-cli.json',
  'package-lock.json',
  'scripts/bundle.mjs',
  'tsconfig.json',
];
const newestSetting = Math.max(...settings.map((name) => statSync(join(root, name)).mtimeMs));
const newestSource = Math.max(newest(join(root, 'src')), newestSetting);

if (!existsSync(entry) || statSync(entry).mtimeMs < newestSource) {
  process.stderr.write('Building …\n');
  const steps = [['node_modules/@nestjs/cli/bin/nest.js', 'build'], ['scripts/bundle.mjs']];
  for (const step of steps) {
    execFileSync(process.execPath, step, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}
