import { beforeAll, describe, expect, it } from 'vitest';
import { WORD_LANGUAGES } from '../../src/core/model/rules.js';
import type { CompiledRules } from '../../src/core/ports/rule-compiler.js';
import { blocking, submission } from './support/judging.js';

let rules: CompiledRules;
const isBlocked = (text: string, by = rules) => by.brokenBy(submission(text)).includes('words');

/** Of several spellings each; `^` stands for a character that shows nothing. */
const EVASIONS: readonly (readonly [how: string, ...texts: string[]])[] = [
  [
    'as it is',
    'fuck',
    'oh fuck off',
    'FUCK',
    'Fuck!',
    '“fuck”',
    '(fuck)',
    'what,fuck,off',
    'fuck.',
  ],
  ['another word', 'asshole', 'cunt', 'nigger', 'merde', 'enculé', 'connard', 'putain', 'salope'],
  ['accents', 'fück', 'fúćk', 'ƒück', 'f̶u̶c̶k̶', 'ENCULÉ', 'encule', 'ènculè'],
  [
    'repeated letters',
    'fuuuck',
    'fuuuuuuuuuck',
    'ffuck',
    'fuuck',
    'fuckkkkk',
    'merdeeeee',
    'asssss',
  ],
  ['punctuation inside', 'f.u.c.k', 'f-u-c-k', 'f_u_c_k', 'fu.ck', 'f*u*c*k', 'fu-ck', 'f…u…c…k'],
  [
    'spacing',
    'f u c k',
    'f  u  c  k',
    'f\nu\nc\nk',
    'I f u c k',
    'f u c k u',
    'f. u. c. k.',
    'a s s',
  ],
  ['spaced and repeated', 'f u u u c k', 'f-u-u-u-c-k'],
  [
    'characters that show nothing',
    'f\u200bu\u200bc\u200bk',
    'fu\u00adck',
    'fu\u2060ck',
    'f\u034fuck',
  ],
  ['variation selectors and bidirectional marks', 'f\ufe0fuck', '\u202efuck', 'fu\u200fck'],
  ['look-alikes', 'ƒυ¢κ', 'fυck', 'fuсk', 'ｆｕｃｋ', '𝐟𝐮𝐜𝐤', '𝖋𝖚𝖈𝖐', 'ⓕⓤⓒⓚ', '🅵🆄🅲🅺', 'ғᴜᴄᴋ'],
  ['digits and signs', 'a$$hole', '@sshole', 'a55hole', 'wh0re', 's1ut', '5lut', 'm3rde', 'sal0pe'],
  [
    'several at once',
    'F.Ü.C.K',
    'ƒ.υ.¢.κ',
    'f\u200b.u.c.k',
    'ÀSSHÖLÉ',
    'm.3.r.d.e',
    'Ｆ-u-u-u-ｃ-ｋ',
  ],
  ['phrases', 'fils de pute', 'Fils  de\nPUTE', 'fils-de-pute', 'va te faire foutre', 'uncle tom'],
  ['beside words of another script', 'привет fuck', 'fuck你好', 'привет,fuck'],
];

const INNOCENTS: readonly (readonly [what: string, ...texts: string[]])[] = [
  ['places and names', 'Scunthorpe', 'Penistone', 'Clitheroe', 'Lightwater', 'Essex', 'Hancock'],
  [
    'words with others inside',
    'class',
    'assassin',
    'assess',
    'compute',
    'bass',
    'cocktail',
    'grape',
  ],
  ['one letter away', 'rapper', 'as', 'dinner', 'shot', 'duck', 'count', 'asset', 'sniggering'],
  ['everyday words of the list', 'stupid', 'dope', 'welfare', 'kung fu', 'ho ho ho', 'pollock'],
  ['French words', 'député', 'concours', 'disputer', 'réputation', 'calcul', 'conseil', 'culture'],
  [
    'more French words',
    'je dois mettre la table',
    'en retard',
    'plus tard',
    'dix',
    'ta mère va bien',
  ],
  ['and more', 'envoyer', 'gros', 'une salle des fêtes', 'les Pays-Bas', 'taper', 'poil', 'fagot'],
  ['numbers', '455', '1455', '55 455 55', '2024-05-05', '10:45', '1.000.000', '3.14', '4 5 5'],
  ['units and abbreviations', '5G', '4K', '1st', '2nd', '10th', 'km/h', 'e.g.', 'U.S.A.', 'w/o'],
  ['single letters', 'a b c d e f', 'J A P A N', 'x y z', 'I, a, u', 'P O O L', 'vitamin C'],
  [
    'prices and signs',
    '$5',
    'US$',
    '5$ a piece',
    '@alice hello',
    'joe@example.org',
    'a/b/c',
    'hm!',
  ],
  ['brackets', '(um, well)', '(on y va)', 'word(s)', '(assessment)', 'f(x)', '(or)'],
  ['drawn out words', 'cooool', 'yesss', 'nooooo', 'hahahaha', 'hmmmm', 'goooood', 'pleaaase'],
  [
    'hyphenated words',
    'mother-in-law',
    'push-it',
    'peut-être',
    'l’hôpital',
    'aujourd’hui',
    'co-op',
  ],
  ['other scripts', 'соск', 'хорошо', 'Ελλάδα', '你好世界', 'مرحبا', 'नमस्ते', 'สวัสดี', '안녕하세요'],
  ['nothing to read', '', ' ', '😀😀😀', '\u200b\u200b', '…', '!!!', '🇫🇷', '🏳️‍🌈'],
];

const table = (rows: typeof EVASIONS) =>
  rows.flatMap(([what, ...texts]) => texts.map((text) => [text, what] as const));

describe('with the English and the French list', () => {
  beforeAll(async () => void (rules = await blocking({ languages: ['en', 'fr'] })));

  it.each(table(EVASIONS))('%j is found: %s', (text) => expect(isBlocked(text)).toBe(true));
  it.each(table(INNOCENTS))('%j is let through: %s', (text) => expect(isBlocked(text)).toBe(false));
});

describe('the word lists', () => {
  it.each(WORD_LANGUAGES)('there is one for %s', async (language) => {
    const { brokenBy } = await blocking({ languages: [language] });
    expect(brokenBy(submission('hello, how are you today'))).toEqual([]);
  });

  it('block nothing before one is asked for', async () => {
    const { brokenBy } = await blocking({});
    expect(brokenBy(submission('fuck'))).toEqual([]);
  });

  it('are each of their language', async () => {
    const [english, french] = [
      await blocking({ languages: ['en'] }),
      await blocking({ languages: ['fr'] }),
    ];
    expect([isBlocked('asshole', english), isBlocked('connard', english)]).toEqual([true, false]);
    expect([isBlocked('asshole', french), isBlocked('connard', french)]).toEqual([false, true]);
  });
});

describe('the operator’s own words', () => {
  const blocked = ['zut', 'crypto*', 'buy now', 'дурак', 'Straße', 'c++ sucks', '🖕', 'no'];
  beforeAll(async () => void (rules = await blocking({ blocked })));

  it.each([
    ...['zut', 'ZUT!', 'z.u.t', 'z u t', 'zuuut', 'zùt'],
    ...['crypto', 'cryptocurrency', 'CRYPTOS', 'ｃｒｙｐｔｏｂｒｏ', 'cryyyptobro'],
    ...['buy now', 'Buy  NOW', 'buy\nnow', 'buy-now', 'please buy now!', 'buy, now'],
    ...['дурак', 'ДУРАК', 'он дурак', 'Straße', 'C++ sucks', '🖕', 'you 🖕🖕', 'no', 'nooo'],
  ])('%j is found', (text) => expect(isBlocked(text)).toBe(true));

  it.each([
    ...['azut', 'zuts', 'a crypt', 'mycrypto', 'buy it now', 'now buy', 'buynow2', 'дураки'],
    ...['Strasse', 'sucks', '👍', 'not', 'know', 'noo'],
  ])('%j is let through', (text) => expect(isBlocked(text)).toBe(false));

  it('may be taken out of the lists, as words, phrases and beginnings', async () => {
    const allowed = ['merde', 'fils de pute', 'cryptographie'];
    const some = await blocking({ languages: ['fr'], blocked: ['crypto*'], allowed });
    expect(isBlocked('merde', some)).toBe(false);
    expect(isBlocked('MERDE', some)).toBe(false);
    expect(isBlocked('cryptographie', some)).toBe(false);
    expect(isBlocked('cryptomonnaie', some)).toBe(true);
    expect(isBlocked('putain', some)).toBe(true);
    // One of its words is on the list by itself.
    expect(isBlocked('fils de pute', some)).toBe(true);
  });

  it('count whatever is allowed or harmless otherwise', async () => {
    const some = await blocking({ languages: ['en'], blocked: ['stupid'], allowed: ['stupid'] });
    expect(isBlocked('stupid', some)).toBe(true);
  });
});

describe('texts made to keep a judge busy', () => {
  const length = 100_000;
  const long = (text: string) => text.repeat(Math.ceil(length / text.length));

  it.each([
    ['one letter', 'a'],
    ['single letters', 'f '],
    ['a word drawn out', 'fu'],
    ['signs', '$'],
    ['exclamation marks between letters', `${'!'.repeat(1_000)}x`],
    ['brackets', '(((/|!'],
    ['combining marks', 'a\u0301\u0302\u0303\u0304\u0305'],
    ['emoji', '😀'],
    ['families of emoji', '👨‍👩‍👧‍👦'],
    ['what shows nothing', '\u200b\u200c\u200d\u2060\ufeff'],
    ['white space', ' \n\t\u00a0'],
    ['what grows when it is folded', '\ufdfa'],
    ['punctuation inside', 'f.u-c_k*'],
    ['beginnings of phrases', 'va te faire '],
    ['mentions', '@a--..'],
    ['addresses', 'http://a.b/'],
    ['beginnings of addresses', 'a.'],
  ])('%s', async (_, text) => {
    const { brokenBy, pacesOf } = await blocking({
      languages: [...WORD_LANGUAGES],
      blocked: ['aaa*', 'aa a a a a b', 'f f f f f f g', '\u0301a'],
    });
    expect(brokenBy(submission(long(text)))).toEqual(expect.any(Array));
    expect(pacesOf('1', submission(long(text)))).toEqual([]);
  });

  it('five thousand words of one beginning', async () => {
    const blocked = Array.from({ length: 5_000 }, (_, n) => `${'a b '.repeat(20)}${n}`);
    const { brokenBy } = await blocking({ blocked });
    expect(brokenBy(submission(long('a b ')))).toEqual([]);
    expect(brokenBy(submission(`${long('a b ')} 4999`))).toEqual(['words']);
  });
});
