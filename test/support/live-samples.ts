import { INSTANT, POSITIVE } from './chat-shapes.js';
import { textOf } from './documents.js';

type Json = Record<string, unknown>;

const TEXT = textOf('live');

/** What stands between the heading and the next one as high. */
export function sectionOf(heading: string): string {
  const [, level = '', rest = ''] = new RegExp(`^(#+) ${heading}.*\\n([^]*)`, 'm').exec(TEXT) ?? [];
  const [section = ''] = rest.split(new RegExp(`^#{1,${level.length}} `, 'm'));
  if (section === '') throw new Error(`Nothing under ${heading} in the document`);
  return section;
}

/** The code samples of a language under the heading, in order. */
export const codeUnder = (heading: string, language: string): string[] =>
  [...sectionOf(heading).matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(
    ([, code = '']) => code,
  );

/** The document's JSON frames under the heading, without what it explains inside of them. */
const framesUnder = (heading: string): Json[] =>
  codeUnder(heading, 'json').map(
    (json) => JSON.parse(json.replace(/\s\/\/ .*$|\/\*.*?\*\//gm, '')) as Json,
  );

const byType = (frames: readonly Json[]) =>
  new Map(frames.map((frame) => [String(frame.type), frame]));

/** What its clients send, by type. */
export const CLIENT = byType(framesUnder('Messages ENVOYÉS'));

/** What its server sends, by type. */
export const SERVER = byType(framesUnder('Messages REÇUS'));

export const [STATS = {}] = framesUnder('📊');

export const sample = (frames: ReadonlyMap<string, Json>, type: string): Json => {
  const found = frames.get(type);
  if (!found) throw new Error(`No ${type} in the document`);
  return found;
};

/** The texts of its errors. */
export const ERROR_TEXTS = [...sectionOf('8. Erreur').matchAll(/^- `"(.+)"`:/gm)].map(
  ([, text]) => text,
);

export const CLOSE_CODES = [...sectionOf('🐛').matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) =>
  Number(code),
);

/** Every URL that stands in it, once. */
export const URLS = [
  ...new Set([...TEXT.matchAll(/ws:\/\/localhost:8000(\/[^`"\s]+)/g)].map(([, path = '']) => path)),
];

/**
 * A sample with whatever the server chooses left open: ids of messages, and times. `given` stands
 * for the fields of that name in it.
 */
export function asDocumented(frame: Json, given: Json = {}): Json {
  const data = Object.entries(frame.data as Json).map(([field, value]) => {
    if (field in given) return [field, given[field]];
    if (field === 'timestamp') return [field, INSTANT];
    return [field, field === 'id' ? POSITIVE : value];
  });
  return { ...frame, data: Object.fromEntries(data) as Json };
}
