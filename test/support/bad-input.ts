import { range } from './chat-shapes.js';

/** Part of every input below that can hold text: no answer may contain it. */
export const MARKER = 'zq7marker';

export type BadCase = readonly [what: string, value: unknown];

/** As `JSON.parse` makes them: an own property, which a literal would not. */
const withKey = (key: string): unknown => JSON.parse(`{"${key}":{"${MARKER}":1}}`);

const nested = (depth: number, leaf: unknown): unknown =>
  range(1, depth).reduce((inner) => [inner], leaf);

/** Fit for no event that needs a payload, whatever its fields. */
export const PAYLOADS: readonly BadCase[] = [
  ['nothing', undefined],
  ['null', null],
  ['text', MARKER],
  ['a number', 42],
  ['a boolean', true],
  ['an empty object', {}],
  ['a list', [MARKER]],
  ['a function’s source', `function ${MARKER}() {}`],
];

/** Unfit anywhere inside a payload, beside fields that are right. */
export const POISON: readonly BadCase[] = [
  ['nested over 16 levels', { extra: nested(16, MARKER) }],
  ['with the key __proto__', withKey('__proto__')],
  ['with the key constructor', withKey('constructor')],
  ['with the key prototype', withKey('prototype')],
  ['with __proto__ further down', { extra: [withKey('__proto__')] }],
  ['with NUL in another field', { extra: `${MARKER}\0` }],
  ['with NUL in a key', { [`${MARKER}\0`]: 1 }],
  ['with a lone surrogate in another field', { extra: `${MARKER}\ud800` }],
  ['with a lone surrogate in a key', { [`${MARKER}\udc00`]: 1 }],
  ['with binary data', { extra: Buffer.from(MARKER) }],
  ['with binary data further down', { extra: { deep: [new Uint8Array([1, 2, 3])] } }],
];

const NO_INTEGER: readonly BadCase[] = [
  ['NaN, which is null in JSON', NaN],
  ['negative', -1],
  ['a fraction', 1.5],
  ['over the safe integers', 2 ** 53],
  ['astronomic', 1e300],
  ['a boolean', true],
  ['a list', [1]],
  ['an object', { [MARKER]: 1 }],
];

export const MESSAGE_IDS: readonly BadCase[] = [
  ...NO_INTEGER,
  ['missing', undefined],
  ['null', null],
  ['zero', 0],
  ['text', '1'],
  ['other text', MARKER],
];

export const USER_IDS: readonly BadCase[] = [
  ['negative', -1],
  ['a fraction', 1.5],
  ['over the safe integers', 2 ** 53],
  ['a boolean', true],
  ['a list', [1]],
  ['an object', { [MARKER]: 1 }],
  ['empty', ''],
  ['longer than any id', MARKER.repeat(40)],
];

/** Optional numbers: null means absent. */
export const OPTIONAL_INTEGERS: readonly BadCase[] = [
  ...NO_INTEGER.slice(1),
  ['text', '1'],
  ['other text', MARKER],
];

export const CONVERSATION_IDS: readonly BadCase[] = [
  ...NO_INTEGER,
  ['missing', undefined],
  ['null', null],
  ['zero', 0],
  ['over 32 bits', 2 ** 31],
  ['empty', ''],
  ['longer than any name', MARKER.repeat(40)],
  ['text with NUL', `${MARKER}\0`],
  ['text with a lone surrogate', `${MARKER}\ud83d`],
];

/** Well-formed names of nothing. */
export const UNKNOWN_CONVERSATIONS: readonly BadCase[] = [
  ['an id nobody has', 2 ** 31 - 1],
  ['an id nobody has, as text', String(2 ** 31 - 1)],
  ['more digits than an id has', '9'.repeat(40)],
  ['a slug nobody has', MARKER],
  ['SQL', `1' OR '1'='1' -- ${MARKER}`],
  ['a path', `../${MARKER}`],
  ['markup', `<img src=x onerror=${MARKER}>`],
  ['a negative number as text', '-1'],
  ['__proto__', '__proto__'],
];

export const TEXTS: readonly BadCase[] = [
  ['missing', undefined],
  ['null', null],
  ['a number', 7],
  ['a list', [MARKER]],
  ['an object', { toString: MARKER }],
  ['with NUL', `${MARKER}\0`],
  ['with a lone high surrogate', `${MARKER}\ud800`],
  ['with a lone low surrogate', `\udfff${MARKER}`],
];

export const BLANK: readonly BadCase[] = [
  ['empty', ''],
  ['spaces', '   '],
  ['line breaks and tabs', '\r\n\t\u2028'],
  ['a no-break space', '\u00a0'],
  ['zero-width spaces', '\u200b\u200b'],
  ['zero-width joiners', '\u200d\u200c'],
  ['a byte order mark', '\ufeff'],
  ['directional marks', '\u200e\u202e\u2066'],
  ['a soft hyphen', '\u00ad'],
  ['a Hangul filler', '\u3164'],
  ['an empty Braille pattern', '\u2800'],
  ['a mixture of these', ' \u200b\n\u2060\ufeff\u3000'],
];

export const ATTACHMENTS: readonly BadCase[] = [
  ['no list', `https://example.com/${MARKER}`],
  ['an object', { 0: `https://example.com/${MARKER}`, length: 1 }],
  ['eleven of them', range(1, 11).map((n) => `https://example.com/${MARKER}/${n}`)],
  ['a number', [1]],
  ['null', [null]],
  ['a list in the list', [[`https://example.com/${MARKER}`]]],
  ['too long', [`https://example.com/${MARKER.repeat(300)}`]],
  ...[
    `javascript:alert("${MARKER}")`,
    `JaVaScRiPt:alert(1)//${MARKER}`,
    ` javascript:${MARKER}`,
    `java\nscript:${MARKER}`,
    `\u0001javascript:${MARKER}`,
    `data:text/html,${MARKER}`,
    `file:///etc/${MARKER}`,
    `vbscript:${MARKER}`,
    `blob:https://example.com/${MARKER}`,
    `ftp://example.com/${MARKER}`,
    `//example.com/${MARKER}`,
    `/etc/${MARKER}`,
    `/uploads/../${MARKER}`,
    `/uploads/${MARKER}/../../x`,
    `https:${MARKER}`,
    'https://',
    'http://[',
    MARKER,
    '',
  ].map((url): BadCase => [JSON.stringify(url), [url]]),
];

export const CURSORS: readonly BadCase[] = [
  ['a number', 5],
  ['a list', [MARKER]],
  ['an object', { [MARKER]: 1 }],
  ['nothing of ours', MARKER],
  ['too long', MARKER.repeat(100)],
  ...[['x', 1], ['1', 1.5], ['1', 1e300], ['9'.repeat(40), 1], [MARKER, 1], [1], {}, null].map(
    (position): BadCase => [
      `forged from ${JSON.stringify(position)}`,
      Buffer.from(JSON.stringify(position)).toString('base64url'),
    ],
  ),
];
