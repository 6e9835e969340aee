import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * What tests import of the service is its build, as Node itself loads it: once for each worker,
 * where loading it anew for each suite took a quarter of the whole run.
 */
const builtService = {
  name: 'built-service',
  enforce: 'pre',
  resolveId(source, importer) {
    const [, path] = /^(?:\.\.\/)+src\/(.+\.js)$/.exec(source) ?? [];
    if (!path || !importer?.startsWith(`${root}test/`)) return null;
    return { id: `${root}dist/src/${path}`, external: true };
  },
};

export default defineConfig({
  plugins: [builtService],
  test: {
    include: ['test/**/*.spec.ts'],
    setupFiles: ['test/support/setup.ts'],
    // This runs outside the suites, on the build that the test command made before.
    globalSetup: ['test/support/global-setup.mjs'],
    reporters: ['default', './test/support/totals-reporter.mjs'],
    server: { deps: { external: [/\/dist\/src\//] } },
    pool: 'forks',
    isolate: false,
    // One more than the smallest machines have cores: many suites mostly wait.
    maxWorkers: 3,
    sequence: { hooks: 'list', sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
