// Fails when `.env.example` and the variables of src/config/environment.ts differ: in a name, in
// a default, or in a variable that nothing explains. Reads the build.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { VARIABLES } from '../dist/src/config/environment.js';

const [file = fileURLToPath(new URL('../.env.example', import.meta.url))] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const documented = parseEnv(text);
const problems = [];

for (const [name, { default: expected }] of Object.entries(VARIABLES)) {
  const shown = documented[name];
  if (shown === undefined) problems.push(`${name} is missing`);
  else if (shown !== expected) problems.push(`${name} is "${shown}", its default is "${expected}"`);
}
for (const name of Object.keys(documented)) {
  if (!(name in VARIABLES)) problems.push(`${name} is no variable of the service`);
}
for (const paragraph of text.split(/\n{2,}/)) {
  const [first = '', ...rest] = paragraph.trim().split('\n');
  const names = [first, ...rest].filter((line) => /^\w+=/.test(line));
  if (names.length > 0 && !first.startsWith('# ')) problems.push(`${names[0]} has no explanation`);
}

for (const problem of problems) process.stderr.write(`.env.example: ${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
