// Fails when a package of the lock file, wherever in the tree, is below the first version without
// a weakness that is publicly known. Asks nobody: what is known stands here. Reads package-lock.json.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The first safe version of each line that got a fix, the newest line last. A version of a line
 * that is not here is below the newest; an empty list says that none was ever safe.
 */
const FIRST_SAFE = {
  'body-parser': ['1.20.3', '2.2.1'],
  'brace-expansion': ['1.1.12', '2.0.2', '3.0.1', '4.0.1'],
  braces: ['3.0.3'],
  cookie: ['0.7.0'],
  'cross-spawn': ['6.0.6', '7.0.5'],
  dicer: [],
  'engine.io': ['6.6.9'],
  esbuild: ['0.25.0'],
  express: ['4.20.0', '5.0.0'],
  'fast-xml-parser': ['4.4.1'],
  'form-data': ['2.5.4', '3.0.4', '4.0.4'],
  'http-cache-semantics': ['4.1.1'],
  'js-yaml': ['3.14.2', '4.1.1'],
  json5: ['1.0.2', '2.2.2'],
  jws: ['4.0.1'],
  koa: ['2.16.2', '3.0.1'],
  lodash: ['4.17.21'],
  micromatch: ['4.0.8'],
  minimatch: ['3.0.5'],
  minimist: ['0.2.4', '1.2.6'],
  multer: ['2.2.0'],
  nanoid: ['3.3.8', '5.0.9'],
  'path-to-regexp': ['0.1.12', '1.9.0', '3.3.0', '6.3.0', '8.0.0'],
  qs: ['6.14.1'],
  rollup: ['2.79.2', '3.29.5', '4.22.4'],
  semver: ['5.7.2', '6.3.1', '7.5.2'],
  send: ['0.19.0'],
  'serve-static': ['1.16.0', '2.1.0'],
  'socket.io-parser': ['4.2.7'],
  tar: ['6.2.1'],
  tmp: ['0.2.4'],
  validator: ['13.15.22'],
  'word-wrap': ['1.2.4'],
  ws: ['8.21.0'],
};

/** Of what only tests use: known, and no way for strangers to reach it. Elsewhere they still fail. */
const ONLY_IN_TESTS = {
  dicer: 's3rver parses the forms of our own tests with it',
  'fast-xml-parser': 's3rver parses the requests of our own tests with it',
};

/** `[1, 2, 3, 0]` for 1.2.3-rc.1, whose last figure is 1 in 1.2.3: a prerelease comes before. */
function figuresOf(version) {
  const [, major, minor, patch, prerelease] = /^(\d+)\.(\d+)\.(\d+)(-)?/.exec(version) ?? [];
  if (major === undefined) throw new Error(`${version} is no version`);
  return [Number(major), Number(minor), Number(patch), prerelease === undefined ? 1 : 0];
}

function isBelow(version, other) {
  const [left, right] = [figuresOf(version), figuresOf(other)];
  const index = left.findIndex((figure, at) => figure !== right[at]);
  return index >= 0 && left[index] < right[index];
}

/** The version that it should be at least; null where it is, or nothing is known of it. */
function missed(name, version) {
  const lines = Object.hasOwn(FIRST_SAFE, name) ? FIRST_SAFE[name] : null;
  if (lines === null) return null;
  const [major] = figuresOf(version);
  const ofItsLine = lines.find((first) => figuresOf(first)[0] === major) ?? lines.at(-1);
  if (ofItsLine === undefined) return 'another package';
  return isBelow(version, ofItsLine) ? ofItsLine : null;
}

const nameOf = (place, { name }) => name ?? place.split('node_modules/').at(-1);

const [file = fileURLToPath(new URL('../package-lock.json', import.meta.url))] =
  process.argv.slice(2);
const { packages } = JSON.parse(readFileSync(file, 'utf8'));
const problems = [];

for (const [place, entry] of Object.entries(packages ?? {})) {
  if (place === '' || entry.link) continue;
  const name = nameOf(place, entry);
  const wanted = missed(name, entry.version);
  if (wanted === null || (entry.dev && Object.hasOwn(ONLY_IN_TESTS, name))) continue;
  problems.push(`${name} ${entry.version} at ${place}: needs ${wanted}`);
}
// A file of another make would pass unread.
if (packages === undefined) problems.push(`${file} lists no packages`);

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
