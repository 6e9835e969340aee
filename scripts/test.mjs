// `npm test`: the build, then all tests, and beside them the checks, which take what time the tests
// leave: many of those wait. The last line has the totals. Arguments are Vitest's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { failedChecks, passes } from './checks.mjs';

const LOWEST_PRIORITY = 19;

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));

/** Resolves with the exit code, and the totals unless it failed before there were any. */
async function runTests() {
  const tests = fork(vitest, ['run', ...process.argv.slice(2)]);
  let totals = '';
  tests.on('message', (line) => (totals = line));
  const [code] = await once(tests, 'exit');
  return { isGood: code === 0, totals };
}

if (await passes('build')) {
  const [failed, tests] = await Promise.all([failedChecks(LOWEST_PRIORITY), runTests()]);
  // Said once more: what was said first is far above by now.
  if (failed.length > 0) process.stdout.write(`\n✗ ${failed.join(', ')}\n`);
  process.stdout.write(tests.totals);
  process.exitCode = failed.length === 0 && tests.isGood ? 0 : 1;
} else {
  process.exitCode = 1;
}
