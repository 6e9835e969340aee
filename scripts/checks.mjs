import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const CHECKS = [
  ...['lint', 'typecheck', 'format:check', 'boundaries', 'env-example', 'dependencies:check'],
];

/**
 * Runs one script of package.json. Resolves with whether it passed; shows what it wrote where it did
 * not.
 *
 * @param {string} script
 * @param {number} [niceness] 19 takes what of the processors nobody else wants
 * @returns {Promise<boolean>}
 */
export function passes(script, niceness = 0) {
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

/**
 * Every check but the tests, side by side. Some read the build, which must be there.
 *
 * @param {number} [niceness]
 * @returns {Promise<string[]>} those that failed
 */
export async function failedChecks(niceness) {
  const results = await Promise.all(CHECKS.map((check) => passes(check, niceness)));
  return CHECKS.filter((_, index) => !results[index]);
}
