import { beforeAll, describe, expect, it } from 'vitest';
import type { ModerationRules } from '../../src/core/model/rules.js';
import type { CompiledRules, Submission } from '../../src/core/ports/rule-compiler.js';
import { compiled, submission } from './support/judging.js';

const UPLOAD = '/uploads/6f1c2a52-93a4-4f0e-9c57-0d8f1c8d2f11';

describe('links', () => {
  const rulesOf = (links: ModerationRules['links']) => compiled({ links });
  const isRefused = (by: CompiledRules, text: string, fields: Partial<Submission> = {}) =>
    by.brokenBy(submission(text, fields)).includes('links');

  const LINKS = [
    ...[
      'https://evil.example',
      'HTTP://EVIL.COM/x?y#z',
      'see evil.com now',
      '(evil.com)',
      'evil.com.',
    ],
    ...[
      'www.evil.xyz',
      'evil.top/free',
      '//evil.com',
      'ftp://evil.com',
      'http://1.2.3.4/',
      'bücher.de',
    ],
    ...[
      'https://[::1]/',
      'http://localhost:3000',
      'https://xn--bcher-kva.de',
      'пример.рф',
      'https:\\\\evil.com',
    ],
    ...[
      'https://evil。com',
      'ｅｖｉｌ．ｃｏｍ',
      'ev\u200bil.com',
      '[text](https://evil.com)',
      'https://evil.com:8443',
    ],
    ...['a\nhttps://evil.com\nb', 'x,https://evil.com', 'discord.gg/abc', 'bit.ly/x'],
  ];
  const NO_LINKS = [
    ...[
      'hello',
      'e.g. this',
      'Well...yes',
      'me@example.org',
      'v1.2.3',
      '1.2.3.4',
      '3.14',
      'node.js',
    ],
    ...[
      'a/b',
      'http',
      'http://',
      '://',
      'Mr.Smith',
      '10:30',
      'C:\\windows',
      '@evil',
      'file.txt',
      '',
    ],
  ];

  it.each(LINKS)('%j is one', async (text) => {
    expect(isRefused(await rulesOf({ policy: 'block', domains: [] }), text)).toBe(true);
    expect(isRefused(await rulesOf({ policy: 'allow', domains: [] }), text)).toBe(false);
  });

  it.each(NO_LINKS)('%j is none', async (text) => {
    expect(isRefused(await rulesOf({ policy: 'block', domains: [] }), text)).toBe(false);
  });

  describe('to listed domains alone', () => {
    let listed: CompiledRules;
    const domains = ['good.com', 'BÜCHER.de', 'xn--e1afmkfd.xn--p1ai', 'sub.other.org'];
    beforeAll(async () => void (listed = await rulesOf({ policy: 'listed', domains })));

    it.each([
      ...[
        'https://good.com',
        'good.com',
        'https://www.good.com/x',
        'a.b.GOOD.com',
        'https://good.com.',
      ],
      ...[
        'https://bücher.de',
        'https://xn--bcher-kva.de',
        'www.Bücher.DE',
        'пример.рф',
        'good.com:8080/x',
      ],
      ...[
        'sub.other.org',
        'https://good.com/@evil.com',
        'https://good.com\\@evil.com',
        'no link',
        '',
      ],
      ...['https://user:pw@good.com', 'good.com and https://www.good.com'],
    ])('%j is let through', (text) => expect(isRefused(listed, text)).toBe(false));

    it.each([
      ...[
        'https://evil.com',
        'https://notgood.com',
        'good.com.evil.com',
        'https://good.com@evil.com',
      ],
      ...[
        'https://good.com:x@evil.com/',
        'https://good.community',
        'other.org',
        'https://good.com https://evil.com',
      ],
      ...[
        'https://gооd.com',
        'https://com',
        'https://evil.com/good.com',
        'https://evil.com?https://good.com',
      ],
      ...['https://evil.com#good.com', 'https://good.com%2eevil.com', 'http://2130706433/'],
    ])('%j is refused', (text) => expect(isRefused(listed, text)).toBe(true));

    it('as attachments, too; what was uploaded here is no link', () => {
      const attached = (...attachments: string[]) => isRefused(listed, '', { attachments });
      expect(attached('https://good.com/cat.png', UPLOAD, '/uploads/app/1.png')).toBe(false);
      expect(attached('https://good.com/cat.png', 'https://evil.com/cat.png')).toBe(true);
      expect(attached('https://good.com@evil.com/cat.png')).toBe(true);
    });
  });
});

describe('capitals', () => {
  const isRefused = async (text: string, caps = { minLength: 10, share: 0.7 }) =>
    (await compiled({ caps })).brokenBy(submission(text)).includes('caps');

  it.each([
    ['ten letters, all of them', 'ABCDEFGHIJ', true],
    ['nine letters', 'ABCDEFGHI', false],
    ['seven of ten', 'ABCDEFGhij', true],
    ['six of ten', 'ABCDEFghij', false],
    ['letters with accents and of other alphabets', 'ÉÈÀÇÙÖ ПРИВЕТ', true],
    ['signs and numbers between them', 'A1B2!C3 D4,E5 F6-G7.H8 I9 J0', true],
    ['scripts without capitals', '你好你好你好你好你好你好', false],
    ['a sentence', 'I saw the NATO in the USA.', false],
    ['no letters', '1234567890!!!', false],
  ])('%s', async (_, text, expected) => expect(await isRefused(text)).toBe(expected));

  it('all of them, where the share is 1', async () => {
    expect(await isRefused('ABCDEFGHIJ', { minLength: 1, share: 1 })).toBe(true);
    expect(await isRefused('ABCDEFGHIj', { minLength: 1, share: 1 })).toBe(false);
  });
});

describe('mentions', () => {
  const isRefused = async (text: string, fields: Partial<Submission> = {}, max = 2) =>
    (await compiled({ mentions: { max } })).brokenBy(submission(text, fields)).includes('mentions');

  it.each([
    ['none', 'hello', {}, false],
    ['as many as may be', '@a @b', {}, false],
    ['one more', '@a @b @c', {}, true],
    ['one of them again and again', '@a @a @a @a', {}, false],
    ['addresses', 'a@x.org b@x.org c@x.org', {}, false],
    ['besides the text', '', { mentionedIds: 3 }, true],
    ['by name besides the text', '', { mentionedNames: ['a', 'b', 'c'] }, true],
    ['the same in the text and besides', '@a @b', { mentionedNames: ['a', 'b'] }, false],
    ['some here, some there', '@a', { mentionedIds: 2 }, true],
  ])('%s', async (_, text, fields, expected) => {
    expect(await isRefused(text, fields)).toBe(expected);
  });

  it('none at all, where that is the rule', async () => {
    expect(await isRefused('hello @a', {}, 0)).toBe(true);
    expect(await isRefused('hello', {}, 0)).toBe(false);
  });
});

describe('texts made to keep a judge busy', () => {
  const long = (text: string) => text.repeat(Math.ceil(100_000 / text.length));

  it.each([
    ...[
      'a',
      'A',
      'a.',
      '.a',
      'http://',
      '//',
      'www.',
      'https://a@',
      'a@',
      '@a',
      '@a-',
      '(',
      '-',
      'a-',
    ],
    ...[
      'http://a.com/(',
      'http://a.b/',
      '😀',
      '\u200b',
      'a\u0301',
      '\ufdfa',
      'а.рф ',
      'a.com',
      '@',
      '@-',
    ],
  ])('%j over and over', async (text) => {
    const rules = await compiled({
      links: { policy: 'listed', domains: ['good.com'] },
      caps: { minLength: 1, share: 1 },
      mentions: { max: 50 },
      repeats: { max: 1, seconds: 1 },
    });
    for (const content of [long(text), `${long(text)}x`]) {
      expect(rules.brokenBy(submission(content))).toEqual(expect.any(Array));
      expect(rules.pacesOf('1', submission(content))).toHaveLength(1);
    }
  });

  it('names without an end', async () => {
    const rules = await compiled({ mentions: { max: 1 } });
    expect(rules.brokenBy(submission(`@a${'-.'.repeat(50_000)}b`))).toEqual([]);
  });
});
