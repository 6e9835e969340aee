import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('No Chromium found; set CHROMIUM_PATH');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Tests that need a browser: skipped aloud where there is none, except in CI, where they fail. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (executablePath !== undefined || process.env.CI) {
    describe(name, tests);
    return;
  }
  const reason = `no Chromium at ${CANDIDATES.slice(1).join(', ')} nor in CHROMIUM_PATH`;
  process.stderr.write(`SKIPPED: ${name}: ${reason}\n`);
  describe.skip(name, () => it(`needs a browser: ${reason}`, () => undefined));
}
