// Builds when a source is newer than the build. Deleting `dist` forces it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const entry = join(root, 'dist/src/main.js');

const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true })
      .map((name) => statSync(join(folder, name)))
      .map(({ mtimeMs }) => mtimeMs),
  );

if (!existsSync(entry) || statSync(entry).mtimeMs < newest(join(root, 'src'))) {
  process.stderr.write('Building …\n');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  execFileSync(process.execPath, [nest, 'build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
