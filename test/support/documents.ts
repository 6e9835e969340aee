import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';

/** The documents that the protocols come from, as their clients' authors have them. */
const FILES = {
  root: 'test/documents/2-root-socketio.md',
  veza: 'test/documents/3-veza-ws.md',
  salon: 'test/documents/4-salon-ws-chat.md',
  live: 'test/documents/5-live-chat-ws-room.md',
} as const;

export type DocumentName = keyof typeof FILES;

export const textOf = (name: DocumentName): string => readFileSync(FILES[name], 'utf8');

/** The document's code samples of a language, in order. */
export const samplesOf = (name: DocumentName, language: string): string[] =>
  [...textOf(name).matchAll(new RegExp(`\`\`\`${language}\\r?\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, sample]) => sample ?? '',
  );

/** The JSON sample under the heading that contains the text. */
export function jsonUnder(name: DocumentName, heading: string): Record<string, unknown> {
  const [, after] = textOf(name).split(new RegExp(`^#+ .*${heading}.*$`, 'm'));
  const [, json] = /```json\r?\n([\s\S]*?)```/.exec(after ?? '') ?? [];
  if (!json) throw new Error(`No JSON under ${heading}`);
  // The documents explain some fields beside them.
  return JSON.parse(json.replace(/\s\/\/ .*$/gm, '')) as Record<string, unknown>;
}

/** A sample of TypeScript, React's elements included, as browsers and Node take it. */
export const compiled = (typescript: string): string =>
  transformSync(typescript, {
    jsc: {
      parser: { syntax: 'typescript', tsx: true },
      target: 'es2022',
      transform: { react: { runtime: 'classic' } },
    },
  }).code;

/** The text of a class that a sample declares, as it stands in the document. */
export function sourceOfClass(name: DocumentName, className: string): string {
  const sample = samplesOf(name, 'javascript').find((text) => text.includes(`class ${className}`));
  const start = sample?.indexOf(`class ${className}`) ?? -1;
  const end = sample?.indexOf('\n}', start) ?? -1;
  if (!sample || start < 0 || end < 0) throw new Error(`No class ${className} in the document`);
  return sample.slice(start, end + 2);
}

/** That class, in this process. Its caller knows its type. */
export const classOf = (name: DocumentName, className: string, globals: Globals): unknown =>
  runSample(sourceOfClass(name, className), globals, className);

type Globals = Readonly<Record<string, unknown>>;

/**
 * Runs a document's sample as it stands, imports left out, with what it takes for granted.
 * Returns what `result`, an expression of what the sample declares, comes to.
 */
export function runSample(sample: string, globals: Globals, result = 'undefined'): unknown {
  const code = `${sample.replace(/^import .*$/gm, '')}\nreturn ${result};`;
  const run = compileFunction(code, Object.keys(globals)) as (...all: unknown[]) => unknown;
  return run(...Object.values(globals));
}
