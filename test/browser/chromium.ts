import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { describeWhere } from '../support/needs.js';

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

export function describeInBrowser(name: string, tests: () => void): void {
  const lack = `no Chromium at ${CANDIDATES.slice(1).join(', ')} nor in CHROMIUM_PATH`;
  describeWhere({ isThere: executablePath !== undefined, lack }, name, tests);
}
