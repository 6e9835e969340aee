// Every check but the tests. They run side by side, once the build is there: some of them read it.
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Resolves with whether it passed; shows what it wrote where it did not. */
function passes(script, niceness = 0) {
  return new Promise((resolve) => {
    const check = spawn(`npm run --silent ${script}`, { cwd: root, shell: true });
    if (niceness > 0 && check.pid) setPriority(check.pid, niceness);
    let output = '';
    for (const stream of [check.stdout, check.stderr]) {
      stream.on('data', (data) => (output += data));
    }
    check.on('close', (code) => {
      process.stdout.write(code === 0 ? `✓ ${script}\n` : `${output}\n✗ ${script}\n`);
      resolve(code === 0);
    });
  });
}

// The first takes as long as all the others, and goes first where there are but two processors.
const checks = [
  ...['lint', 'typecheck', 'format:check', 'boundaries', 'env-example', 'dependencies:check'],
];
const pass = (script) => passes(script, script === 'lint' ? 0 : 10);
const isGood =
  (await passes('build')) && (await Promise.all(checks.map(pass))).every((passed) => passed);
process.exitCode = isGood ? 0 : 1;
